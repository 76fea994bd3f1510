import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { openGrpcWire } from "./grpc-wire.ts";

export const MB = 1_000_000;
/** The largest body that is taken, and what is left of it when it is compressed twice. */
export const LARGE = Buffer.alloc(33 * MB, 32);
export const TWICE = gzipSync(gzipSync(LARGE));
export const FEATURES = Buffer.from(`{"features":[${'"",'.repeat(1_333_333)}""]}`);
/** 4,000,000 empty InferTensors. */
export const TENSORS = Buffer.alloc(8 * MB, Buffer.from([0x2a, 0]));
export const WITH_KEY = { "x-api-key": "k" };

export interface Sent {
  readonly status: number;
  readonly text: string;
}

/** Sends bytes, and takes what comes until the answer is there, or the other side has closed. */
export function send(port: number, head: string, body: readonly Uint8Array[]): Promise<Sent> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    };
    const timer = setTimeout(finish, 20_000);
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (/\r\n\r\n/.test(text) && !/connection: close/i.test(text)) finish();
    });
    socket.on("error", () => {}).once("close", finish);
    socket.write(head);
    for (const piece of body) socket.write(piece);
  });
}

export const headOf = (method: string, path: string, ...lines: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, "host: x", "content-type: application/json", ...lines].join("\r\n")}\r\n\r\n`;
export const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** Sends one message in one call, and resolves with its status. */
export async function call(
  port: number,
  path: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const wire = openGrpcWire(port);
  const { stream, status } = wire.open(path, headers);
  stream.end(message);
  const { code } = await status;
  wire.close();
  return code;
}
