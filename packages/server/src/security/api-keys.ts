import { readFileSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";

type Crypto = typeof import("node:crypto");

/** Compares by digest, so that neither the length nor a common beginning of a key shows in the time. */
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

/** @throws {TricastError} `invalid-option` when the file cannot be read or has no key. */
export function readKeysFile(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new TricastError("invalid-option", `apiKeysFile cannot be read: ${messageOf(cause)}`, { cause });
  }
  const keys = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (keys.length === 0) throw new TricastError("invalid-option", `apiKeysFile ${path} has no key; write one a line`);
  return keys;
}
