import { TricastError } from "@tricast/core";

/** A request that does not have the form of its protocol. `pointer` (RFC 6901) is empty for the whole body. */
export function wrongRequest(pointer: string, expected: string, got: string): TricastError {
  const message = `expected ${expected}, got ${got}`;
  const place = pointer === "" ? "The body" : pointer;
  return new TricastError("invalid-input", `${place}: ${message}`, { issues: [{ pointer, message }] });
}
