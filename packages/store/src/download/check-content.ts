import { TricastError } from "@tricast/core";

export function checkDigest(what: string, found: string, promised: string | undefined): void {
  if (promised === undefined || promised === found) return;
  throw new TricastError(
    "digest-mismatch",
    `${what} has SHA-256 ${found}, and ${promised} was promised; push the version again, or correct the digest`,
  );
}

export function checkSize(what: string, found: number, promised: number | undefined): void {
  if (promised === undefined || promised === found) return;
  throw new TricastError(
    "digest-mismatch",
    `${what} has ${found} bytes, and ${promised} were promised; push the version again, or correct the size`,
  );
}
