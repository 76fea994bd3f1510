import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Headers of InvokeEndpoint that SageMaker passes to a container, besides its own (InvokeEndpoint, API reference). */
const HANDED_ON = ["content-type", "accept", "content-length"];

export interface SageMakerProxy {
  readonly address: string;
  close(): void;
}

/**
 * Acts like SageMaker between a caller of InvokeEndpoint and a container: changes the path, drops headers, and reports
 * an error of the container as a ModelError with status 424.
 */
export async function startSageMakerProxy(port: number): Promise<SageMakerProxy> {
  const proxy = createServer((incoming, reply) => {
    const headers = handOn(incoming.headers);
    const outgoing = request({ port, host: "127.0.0.1", method: "POST", path: "/invocations", headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        const status = answer.statusCode ?? 0;
        if (status < 300) reply.writeHead(status, handOn(answer.headers)).end(body);
        else reply.writeHead(424, { "x-amzn-errortype": "ModelError" }).end(modelError(status, body.toString()));
      });
    });
    outgoing.on("error", () => reply.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return { address: addressOf(proxy), close: () => proxy.close() };
}

function handOn(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    ([name]) => HANDED_ON.includes(name) || name.startsWith("x-amzn-sagemaker-"),
  );
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

function modelError(status: number, body: string): string {
  const message = `Received client error (${status}) from primary with message "${body}"`;
  return JSON.stringify({ Message: message, OriginalStatusCode: status, OriginalMessage: body });
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
