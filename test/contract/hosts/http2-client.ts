import { connect, type IncomingHttpHeaders } from "node:http2";
import type { WireRequest, WireResponse } from "@tricast/core/testing";

/** Sends exactly this request, on a connection of its own, and resolves with what came over the wire. */
export function sendHttp2(origin: string, { method, target, headers, body }: WireRequest): Promise<WireResponse> {
  const session = connect(origin);
  return new Promise<WireResponse>((resolve, reject) => {
    session.once("error", reject);
    const lines = headers.flatMap(([name, value]) => [name.toLowerCase(), value]);
    if (body.length > 0) lines.push("content-length", String(body.length));
    const stream = session.request([":method", method, ":path", target, ...lines], { endStream: body.length === 0 });
    stream.once("error", reject);
    let pairs: [string, string][] = [];
    let status = 0;
    stream.once("response", (received: IncomingHttpHeaders, _flags: number, raw: readonly string[] = []) => {
      status = Number((received as { ":status"?: number })[":status"]);
      pairs = toPairs(raw).filter(([name]) => !name.startsWith(":"));
    });
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("end", () => resolve({ status, headers: pairs, body: Buffer.concat(chunks) }));
    if (body.length > 0) stream.end(body);
  }).finally(() => session.close());
}

function toPairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""]);
}
