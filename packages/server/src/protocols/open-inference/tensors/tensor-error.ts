import { TricastError } from "@tricast/core";

/** An input of a request, for errors: its name, and its place in the request. */
export interface InputLocation {
  readonly name: string;
  /** RFC 6901, such as `/inputs/0`. */
  readonly pointer: string;
}

/** The location of a member of an input, such as `shape`. */
export function within({ name, pointer }: InputLocation, member: string): InputLocation {
  return { name, pointer: `${pointer}/${member}` };
}

/** A tensor that does not suit its model or its datatype. */
export function wrongTensor({ name, pointer }: InputLocation, expected: string, got: string): TricastError {
  const message = `input ${JSON.stringify(name)}: expected ${expected}, got ${got}`;
  return new TricastError("invalid-tensor", message, { issues: [{ pointer, message }] });
}
