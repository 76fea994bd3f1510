import { TricastError } from "@tricast/core";

export type Json = Readonly<Record<string, unknown>>;

/** Credentials are absent, not valid, or refused. */
export function credentialsMissing(message: string, cause?: unknown): TricastError {
  return new TricastError("credentials-missing", message, { cause });
}

/**
 * Parses a JSON object that holds a secret. The error has no cause, because the parser's message quotes the text.
 * @throws {TricastError} `credentials-missing`
 */
export function parseJson(text: string, what: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Json;
  } catch {}
  throw credentialsMissing(`${what} is not a JSON object; check its source`);
}
