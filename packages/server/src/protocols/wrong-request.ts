import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** A request that does not have the form of its protocol. `pointer` (RFC 6901) is empty for the whole body. */
export function wrongRequest(pointer: string, expected: string, got: string): TricastError {
  const message = `expected ${expected}, got ${got}`;
  const place = pointer === "" ? "The body" : pointer;
  return new TricastError("invalid-input", `${place}: ${message}`, { issues: [{ pointer, message }] });
}

/** @throws {TricastError} `invalid-input` for a value that is not an object. */
export function objectAt(pointer: string, value: unknown, expected = "an object"): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrongRequest(pointer, expected, show(value));
}
