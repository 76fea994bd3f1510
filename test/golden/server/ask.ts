import { request } from "node:http";
import type { GoldenCase } from "./read-cases.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The server that is asked. */
export interface Asked {
  readonly port: number;
  readonly root: string;
}

export const JSON_LENGTH = "inference-header-content-length";

/**
 * Sends the request of a case over a socket of its own. A JSON length of `auto` is counted, and `{root}` in a body is the
 * server's folder.
 */
export function ask({ port, root }: Asked, { method, path, headers, body }: GoldenCase): Promise<Answered> {
  const text = Buffer.from((body.json ?? body.text ?? "").replaceAll("{root}", root));
  const bytes = Buffer.concat([text, body.binary ?? Buffer.alloc(0)]);
  const sent: Record<string, string | number> = { ...headers };
  if (sent[JSON_LENGTH] === "auto") sent[JSON_LENGTH] = String(text.length);
  if (bytes.length > 0) sent["content-length"] = bytes.length;
  if (bytes.length > 0 && sent["content-type"] === undefined) sent["content-type"] = "application/json";
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", method, path, headers: sent, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
