import { TricastError } from "@tricast/core";

export function checkDigest(what: string, found: string, expected: string | undefined): void {
  check(what, `SHA-256 ${found}`, found === expected ? undefined : expected, "correct the digest");
}

export function checkSize(what: string, found: number, expected: number | undefined): void {
  check(what, `${found} bytes`, found === expected ? undefined : expected, "correct the size");
}

function check(what: string, found: string, expected: string | number | undefined, fix: string): void {
  if (expected === undefined) return;
  const message = `${what} has ${found}, but ${expected} is expected; push the version again, or ${fix}`;
  throw new TricastError("digest-mismatch", message);
}
