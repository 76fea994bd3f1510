import { request } from "node:https";
import * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";
import { INFERENCE_SERVICE } from "../../../packages/server/src/grpc/definition.ts";
import { clientDefinition } from "../../../packages/server/test/support/client-definition.ts";

const CALL_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts JSON to a host that listens on this machine with our own certificate. */
export function postOverTls(port: number, host: string, path: string, body: string): Promise<Answer> {
  const headers = { host, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const options = {
    port,
    path,
    headers,
    servername: host,
    method: "POST",
    rejectUnauthorized: false,
    timeout: CALL_MS,
  };
  return new Promise((resolve, reject) => {
    const call = request({ ...options, host: "127.0.0.1", agent: false }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.once("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    call.once("error", reject);
    call.end(body);
  });
}

type UnaryCall = (
  request: object,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, reply?: { readonly live: boolean }) => void,
) => void;

/** Whether a server reports over gRPC that it is live. */
export async function callServerLive(port: number, host: string): Promise<boolean> {
  const services = loader.fromJSON(clientDefinition() as Parameters<typeof loader.fromJSON>[0], { keepCase: true });
  const Client = grpc.makeGenericClientConstructor(
    services[INFERENCE_SERVICE] as grpc.ServiceDefinition,
    INFERENCE_SERVICE,
  );
  const trusting = grpc.credentials.createSsl(null, null, null, {
    checkServerIdentity: () => undefined,
    rejectUnauthorized: false,
  });
  const client = new Client(`127.0.0.1:${port}`, trusting, {
    "grpc.ssl_target_name_override": host,
    "grpc.default_authority": host,
  });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const { ServerLive: call } = client as unknown as { readonly ServerLive: UnaryCall };
      call.call(client, {}, { deadline: Date.now() + CALL_MS }, (error, reply) =>
        error === null ? resolve(reply?.live === true) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}
