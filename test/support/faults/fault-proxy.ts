import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { listen } from "../stores/listen.ts";

/** What goes wrong with one request. Bytes count the reply's body. */
export type Fault =
  /** The connection is reset after so many bytes. */
  | { readonly kind: "reset"; readonly afterBytes: number }
  /** The body ends after so many bytes as if that were all: the length says so too. */
  | { readonly kind: "truncate"; readonly afterBytes: number }
  /** One byte is another. */
  | { readonly kind: "corrupt"; readonly atByte: number }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** So many bytes, ten times a second. */
  | { readonly kind: "drip"; readonly bytes: number }
  /** Another reply, without asking the store. */
  | {
      readonly kind: "reply";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** The store gets the request, its answer is lost. */
  | { readonly kind: "lose-reply" };

/** Decides about a request before it is passed on; what it awaits happens first, such as replacing the object. */
export type Plan = (request: IncomingMessage, count: number) => Fault | undefined | Promise<Fault | undefined>;

export interface FaultProxy {
  readonly address: string;
  plan: Plan;
  /**
   * How far the clock in the store's replies is ahead of this machine's. The server behind has the right time, so
   * the time in a request for S3 is turned back; its signature then only fits for a server that does not check it.
   */
  clockAheadMs: number;
  /** Requests so far, newest last. */
  readonly requests: { readonly method: string; readonly url: string; readonly range: string | undefined }[];
  close(): Promise<void>;
}

/** A proxy for a store's server at `target` (http://host:port); its plan decides which requests fail. */
export async function startFaultProxy(target: string, plan: Plan = () => undefined): Promise<FaultProxy> {
  const server = createServer(async (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const range = headers.range ?? (headers["x-ms-range"] as string | undefined);
    const count = proxy.requests.push({ method, url, range });
    const fault = await proxy.plan(request, count);
    if (proxy.clockAheadMs !== 0) {
      response.sendDate = false;
      response.setHeader("date", new Date(Date.now() + proxy.clockAheadMs).toUTCString());
    }
    if (fault?.kind === "reply") return answer(request, response, fault);
    const time = request.headers["x-amz-date"];
    if (typeof time === "string") request.headers["x-amz-date"] = toAmzDate(fromAmzDate(time) - proxy.clockAheadMs);
    pass(target, request, response, fault);
  });
  const { port, close } = await listen(server);
  const proxy: FaultProxy = { address: `http://127.0.0.1:${port}`, plan, clockAheadMs: 0, requests: [], close };
  return proxy;
}

function answer(request: IncomingMessage, response: ServerResponse, fault: Extract<Fault, { kind: "reply" }>): void {
  request.resume();
  response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
}

/** The Host header stays as it came: it is part of what was signed. */
function pass(target: string, request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
  const { hostname, port } = new URL(target);
  const { method, url: path, headers } = request;
  const onward = requestHttp({ hostname, port, method, path, headers, agent: false }, (reply) => {
    if (fault?.kind === "lose-reply") {
      reply.resume();
      reply.once("end", () => response.destroy());
      return;
    }
    const length = fault?.kind === "truncate" ? { "content-length": String(fault.afterBytes) } : {};
    const { date, ...rest } = reply.headers;
    if (!response.hasHeader("date") && date !== undefined) response.setHeader("date", date);
    response.writeHead(reply.statusCode as number, { ...rest, ...length });
    spoil(reply, response, fault).catch(() => response.destroy());
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

async function spoil(reply: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault === undefined) return void reply.pipe(response);
  let at = 0;
  for await (const piece of reply as AsyncIterable<Buffer>) {
    const limit = "afterBytes" in fault ? fault.afterBytes - at : piece.length;
    const sound = piece.subarray(0, Math.max(0, limit));
    if (fault.kind === "drip") await drip(response, sound, fault.bytes);
    else response.write(fault.kind === "corrupt" ? flip(sound, fault.atByte - at) : sound);
    at += piece.length;
    if (sound.length === piece.length) continue;
    if (fault.kind === "stall") return;
    if (fault.kind === "truncate") return void response.end();
    // A reset, and not a proper end, after what was written has gone out.
    await new Promise((resolve) => setTimeout(resolve, 5));
    response.socket?.resetAndDestroy();
    return;
  }
  response.end();
}

function flip(piece: Buffer, at: number): Buffer {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

async function drip(response: ServerResponse, piece: Buffer, bytes: number): Promise<void> {
  for (let at = 0; at < piece.length && !response.destroyed; at += bytes) {
    response.write(piece.subarray(at, at + bytes));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Milliseconds since the epoch of `20260131T235959Z`. */
export function fromAmzDate(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(.{4})(..)(..)T(..)(..)(..)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function toAmzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}
