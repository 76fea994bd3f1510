import { connect } from "node:net";
import type { InferenceServer } from "@tricast/server";
import { framed, INFER, openGrpcWire } from "./grpc-wire.ts";
import { inferMessage } from "./infer-call.ts";

export type Fields = Readonly<Record<string, boolean | number>>;
type Headers = Readonly<Record<string, string>>;

export interface Sent {
  readonly path: string;
  readonly body: Uint8Array;
  /** Bytes at the end of the body that are not sent. */
  readonly withheld?: number;
}

export interface Sending {
  /** Resolves when the call has ended, however it did. */
  readonly ended: Promise<unknown>;
  /** The client goes away. */
  cancel(): void;
}

/** A client of one protocol, which asks for predictions of the model `gated`. */
export interface ProtocolClient {
  readonly name: string;
  /** Of a prediction. */
  readonly operation: string;
  readonly path: string;
  input(fields: Fields): Sent;
  readonly malformed: Sent;
  readonly malformedCode: string;
  /** Asks for a model that is not served. */
  readonly unknownModel: Sent;
  readonly unknownModelOperation: string;
  send(server: InferenceServer, sent: Sent, headers: Headers): Sending;
}

const http: ProtocolClient = {
  name: "HTTP",
  operation: "predict",
  path: "/predict",
  input: (fields) => ({ path: "/predict", body: Buffer.from(JSON.stringify(fields)) }),
  malformed: { path: "/predict", body: Buffer.from("{") },
  malformedCode: "invalid-json",
  unknownModel: { path: "/v2/models/nothing/infer", body: Buffer.from("{}") },
  unknownModelOperation: "v2-infer",
  send: (server, { path, body, withheld = 0 }, headers) => {
    const socket = connect(server.address.port, "127.0.0.1").resume();
    socket.on("error", () => {});
    const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${path} HTTP/1.1`, "host: x", "connection: close", `content-length: ${body.length}`, ...given];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(body.subarray(0, body.length - withheld));
    return { ended: new Promise((resolve) => socket.once("close", resolve)), cancel: () => socket.destroy() };
  },
};

const grpc: ProtocolClient = {
  name: "gRPC",
  operation: "grpc-infer",
  path: INFER,
  input: (fields) => ({ path: INFER, body: inferMessage("gated", fields) }),
  malformed: { path: INFER, body: framed(Buffer.from([255])) },
  malformedCode: "invalid-body",
  unknownModel: { path: INFER, body: inferMessage("nothing", { value: 1 }) },
  unknownModelOperation: "grpc-infer",
  send: (server, { path, body, withheld = 0 }, headers) => {
    const wire = openGrpcWire(server.grpcPort as number);
    const { status, stream } = wire.open(path, headers);
    stream.write(body.subarray(0, body.length - withheld));
    if (withheld === 0) stream.end();
    return { ended: status.finally(() => wire.close()), cancel: () => stream.close(8) };
  },
};

export const PROTOCOL_CLIENTS = [http, grpc];
