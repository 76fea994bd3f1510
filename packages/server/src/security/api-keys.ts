import { readFileSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { textsIn } from "../options/option.ts";

/**
 * Finds the index of a presented key. Compares digests, so that the time shows neither the length nor the first characters
 * of a key.
 */
export function keyChecker(keys: readonly string[]): (presented: string) => number | undefined {
  const { hash, timingSafeEqual } = process.getBuiltinModule("node:crypto");
  const digestOf = (key: string): Buffer => hash("sha256", key, "buffer");
  const digests = keys.map(digestOf);
  return (presented) => {
    const digest = digestOf(presented);
    let found: number | undefined;
    for (const [index, known] of digests.entries()) if (timingSafeEqual(known, digest)) found = index;
    return found;
  };
}

/**
 * The keys of an option and of its file.
 * @throws {TricastError} `invalid-option` if the file cannot be read, or has no key.
 */
export function readKeys(keys: readonly string[], option: string, file: string | undefined): readonly string[] {
  return file === undefined ? keys : [...keys, ...readKeysFile(option, file)];
}

function readKeysFile(option: string, path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new TricastError(
      "invalid-option",
      `${option} cannot be read: ${messageOf(cause)}; correct the path or its permissions`,
      { cause },
    );
  }
  const keys = textsIn(text, "\n");
  if (keys.length === 0)
    throw new TricastError("invalid-option", `${option} ${path} has no key; write one key per line`);
  return keys;
}
