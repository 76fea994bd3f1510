import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

/** gRPC as bytes, to send what no client would. */
export interface GrpcWire {
  readonly session: ClientHttp2Session;
  open(path: string, headers?: Readonly<Record<string, string>>): GrpcStream;
  close(): void;
}

export interface GrpcStream {
  readonly stream: ClientHttp2Stream;
  /** Resolves with the status of the call; -1 where the stream ended without one. */
  readonly status: Promise<{ readonly code: number; readonly details: string; readonly ours: string | undefined }>;
}

export const INFER = "/inference.GRPCInferenceService/ModelInfer";
export const CHECK = "/grpc.health.v1.Health/Check";

export function openGrpcWire(port: number): GrpcWire {
  // In MB: else our own side refuses the answer while a large message waits to be sent.
  const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1_000 });
  session.on("error", () => {});
  return { session, open: (path, headers) => openStream(session, path, headers), close: () => session.destroy() };
}

function openStream(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): GrpcStream {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const status = new Promise<Awaited<GrpcStream["status"]>>((resolve) => {
    const settle = (received: Readonly<Record<string, unknown>>): void => {
      if (received["grpc-status"] === undefined) return;
      resolve({
        code: Number(received["grpc-status"]),
        details: decodeURI(String(received["grpc-message"] ?? "")),
        ours: received["tricast-code"] as string | undefined,
      });
    };
    stream.on("response", settle).on("trailers", settle);
    stream.on("error", () => {});
    stream.once("close", () => resolve({ code: -1, details: "", ours: undefined }));
  });
  stream.resume();
  return { stream, status };
}

/** A message with its prefix. */
export function framed(message: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = isCompressed ? 1 : 0;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
