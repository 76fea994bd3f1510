import { type Issue, TricastError } from "@tricast/core";

/** The input that a codec reads, for errors: its name, and where it is in the request. */
export interface InputLocation {
  readonly name: string;
  /** RFC 6901, such as `/inputs/0`. */
  readonly pointer: string;
}

/** What a tensor should have been and what it was; every complaint about one says both. */
export function wrongTensor({ name, pointer }: InputLocation, expected: string, got: string): TricastError {
  const message = `input ${JSON.stringify(name)}: expected ${expected}, got ${got}`;
  return new TricastError("invalid-tensor", message, { issues: [{ pointer, message }] });
}

/** A request that breaks its protocol's form, as opposed to a tensor that does not suit the model. */
export function wrongRequest(pointer: string, expected: string, got: string): TricastError {
  const issue: Issue = { pointer, message: `expected ${expected}, got ${got}` };
  return new TricastError("invalid-input", `${pointer === "" ? "The body" : pointer}: ${issue.message}`, {
    issues: [issue],
  });
}
