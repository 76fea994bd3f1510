import { request as httpRequest } from "node:http";
import type { WireRequest, WireResponse } from "../../events/event-source.ts";

/** Sends exactly this request, on a connection of its own, and resolves with what came over the wire. */
export function send(
  origin: string,
  request: Partial<WireRequest> & Pick<WireRequest, "target">,
): Promise<WireResponse> {
  const { method = "GET", target, headers = [], body } = request;
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    // A flat list, so that the names keep their case and repeats stay lines of their own.
    const lines = headers.flat();
    const named = new Set(headers.map(([name]) => name.toLowerCase()));
    if (!named.has("host")) lines.push("host", `${hostname}:${port}`);
    const isFramed = named.has("content-length") || named.has("transfer-encoding");
    if (body !== undefined && body.length > 0 && !isFramed) lines.push("content-length", String(body.length));
    if (!named.has("connection")) lines.push("connection", "close");
    const outgoing = httpRequest({ hostname, port, method, path: target, headers: lines, agent: false });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        const pairs: [string, string][] = [];
        for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
          pairs.push([incoming.rawHeaders[at]!.toLowerCase(), incoming.rawHeaders[at + 1]!]);
        }
        resolve({ status: incoming.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    outgoing.end(body);
  });
}

export function postJson(
  origin: string,
  target: string,
  value: unknown,
  headers: WireRequest["headers"] = [],
): Promise<WireResponse> {
  return send(origin, {
    method: "POST",
    target,
    headers: [["content-type", "application/json"], ...headers],
    body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
  });
}

export function json(response: WireResponse): Record<string, unknown> {
  return JSON.parse(Buffer.from(response.body).toString()) as Record<string, unknown>;
}

export function header(response: WireResponse, name: string): string | undefined {
  return response.headers.find(([key]) => key === name)?.[1];
}

export function headers(response: WireResponse, name: string): string[] {
  return response.headers.filter(([key]) => key === name).map(([, value]) => value);
}
