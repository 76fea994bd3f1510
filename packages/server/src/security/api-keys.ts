import { readFileSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { textsIn } from "../options/option.ts";

type Crypto = typeof import("node:crypto");

/** Compares digests, so that the time shows neither the length nor the first characters of a key. */
export class ApiKeys {
  private readonly digests: readonly Buffer[];
  private readonly crypto: Crypto = process.getBuiltinModule("node:crypto");

  constructor(keys: readonly string[]) {
    this.digests = keys.map((key) => this.digest(key));
  }

  has(presented: string): boolean {
    const digest = this.digest(presented);
    let found = false;
    for (const known of this.digests) if (this.crypto.timingSafeEqual(known, digest)) found = true;
    return found;
  }

  private digest(key: string): Buffer {
    return this.crypto.hash("sha256", key, "buffer");
  }
}

/** @throws {TricastError} `invalid-option` if the file cannot be read, or has no key. */
export function readKeysFile(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new TricastError("invalid-option", `apiKeysFile cannot be read: ${messageOf(cause)}`, { cause });
  }
  const keys = textsIn(text, "\n");
  if (keys.length === 0)
    throw new TricastError("invalid-option", `apiKeysFile ${path} has no key; write one key per line`);
  return keys;
}
