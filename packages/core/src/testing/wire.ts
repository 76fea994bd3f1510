import assert from "node:assert/strict";

/** One HTTP request as a client puts it on the wire. */
export interface WireRequest {
  /** Upper-case. */
  readonly method: string;
  /** Path and query as sent: `/predict?a=1&a=2`. */
  readonly target: string;
  /** In the order and the case they are sent in; a repeated header is several pairs. Characters are bytes (Latin-1). */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty without a body. */
  readonly body: Uint8Array;
}

/** One HTTP response as the client reads it off the wire. */
export interface WireResponse {
  readonly status: number;
  /** Lower-case names; a header that was sent twice is two pairs. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export type Send = (request: WireRequest) => Promise<WireResponse>;

export const JSON_TYPE: WireRequest["headers"] = [["content-type", "application/json"]];

/** `POST /predict` without headers and body, changed by `part`. */
export function request(part: Partial<WireRequest> = {}): WireRequest {
  return { method: "POST", target: "/predict", headers: [], body: new Uint8Array(), ...part };
}

/** A POST of JSON, given as a value or as text. */
export function post(body: unknown, part: Partial<WireRequest> = {}): WireRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return request({ headers: JSON_TYPE, body: Buffer.from(text), ...part });
}

/** A POST of bytes. */
export function postBytes(body: Uint8Array, contentType = "application/octet-stream"): WireRequest {
  return request({ headers: [["content-type", contentType]], body });
}

export function get(target: string, headers: WireRequest["headers"] = []): WireRequest {
  return request({ method: "GET", target, headers });
}

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Asserts that bytes are equal, and reports the first difference: a list of all could take minutes to make. */
export function assertBytes(got: Uint8Array, expected: Uint8Array, what = "the body"): void {
  if (Buffer.from(got).equals(expected)) return;
  const at = expected.findIndex((byte, index) => got[index] !== byte);
  const where = at === -1 ? "after all of the right ones" : `at byte ${at} (${got[at]} for ${expected[at]})`;
  assert.fail(`${what} has ${got.length} bytes for ${expected.length}, and differs ${where}`);
}

export function textOf({ body }: WireResponse): string {
  return Buffer.from(body).toString();
}

export function jsonOf(response: WireResponse): Record<string, unknown> {
  return JSON.parse(textOf(response)) as Record<string, unknown>;
}

export function headerOf(response: WireResponse, name: string): string | undefined {
  return headerLines(response, name)[0];
}

export function headerLines({ headers }: WireResponse, name: string): string[] {
  return headers.filter(([key]) => key === name).map(([, value]) => value);
}

/** Everything that a client can read of a response, as one text. */
export function wireText({ status, headers, body }: WireResponse): string {
  return `${status}\n${headers.map((pair) => pair.join(": ")).join("\n")}\n${Buffer.from(body).toString("latin1")}`;
}
