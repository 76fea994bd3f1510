import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inlinePredict, type Start } from "../contender.ts";

/** By hand: a listener, JSON.parse, run, JSON.stringify. */
export const start: Start = async (task) => {
  const predict = await inlinePredict(task);
  const server = createServer(async (request, response) => {
    if (request.url === "/health") return send(response, 200, '{"status":"ok"}');
    try {
      send(response, 200, JSON.stringify(await predict(JSON.parse(await read(request)))));
    } catch {
      send(response, 400, '{"message":"Bad input"}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

function send(response: ServerResponse, status: number, body: string): void {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
