import { TricastError } from "@tricast/core";

export type Json = Readonly<Record<string, unknown>>;

/**
 * A JSON object that holds a secret. Neither the message nor the cause of the error quotes it, as the parser's own would.
 * @throws {TricastError} `credentials-missing`
 */
export function parseJson(text: string, what: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Json;
  } catch {}
  throw new TricastError("credentials-missing", `${what} is not a JSON object; check where it comes from`);
}
