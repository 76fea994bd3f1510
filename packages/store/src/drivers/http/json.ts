import { TricastError } from "@tricast/core";
import { retrying } from "../../retry.ts";
import { retryAfterOf, statusError } from "../errors.ts";
import { readText } from "./body.ts";
import type { HttpClient, HttpRequest } from "./client.ts";

export type Json = Readonly<Record<string, unknown>>;

/** One request to a token service: asked again while it is busy, and an answer that is no JSON object is an error. */
export function askJson(client: HttpClient, request: HttpRequest, credentials: string): Promise<Json> {
  const what = `${request.method} ${request.url.origin}${request.url.pathname}`;
  return retrying(
    async () => {
      const reply = await client.send(request);
      const text = await readText(reply, what);
      if (reply.status === 200) return parse(text, what);
      const retryAfterSeconds = retryAfterOf(reply.headers["retry-after"]);
      // 400 is how token services refuse credentials: RFC 6749, 5.2.
      const status = reply.status === 400 ? 401 : reply.status;
      throw statusError({ status, what, detail: reason(text), credentials, retryAfterSeconds });
    },
    { signal: request.signal, attempts: 3 },
  );
}

export function form(fields: Readonly<Record<string, string>>): Pick<HttpRequest, "headers" | "body"> {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  };
}

function parse(text: string, what: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Json;
  } catch {}
  throw new TricastError("store-denied", `${what} answered with something that is no JSON; check the address`);
}

function reason(text: string): string {
  try {
    const { error, error_description } = JSON.parse(text);
    return [error, error_description].filter((part) => typeof part === "string").join(": ");
  } catch {
    return "";
  }
}
