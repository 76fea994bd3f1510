import type { WireRequest, WireResponse } from "../../events/event-source.ts";

export const JSON_TYPE: WireRequest["headers"] = [["content-type", "application/json"]];

/** A request as a client sends it; `POST /predict` with no headers and no body, but for `part`. */
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

export function jsonOf(response: WireResponse): Record<string, unknown> {
  return JSON.parse(Buffer.from(response.body).toString()) as Record<string, unknown>;
}

export function headerOf(response: WireResponse, name: string): string | undefined {
  return response.headers.find(([key]) => key === name)?.[1];
}

export function headerLines(response: WireResponse, name: string): string[] {
  return response.headers.filter(([key]) => key === name).map(([, value]) => value);
}

/** Everything a client can read of a response, as one text. */
export function wireText({ status, headers, body }: WireResponse): string {
  return `${status}\n${headers.map((pair) => pair.join(": ")).join("\n")}\n${Buffer.from(body).toString("latin1")}`;
}
