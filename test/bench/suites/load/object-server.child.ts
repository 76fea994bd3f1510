import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TLS } from "../../../support/stores/https-server.ts";

/**
 * S3's GetObject and HeadObject for the files of a folder, from memory: a server that gets out of the way. The tests of
 * the store use a whole S3, which is busy with itself long before two cores have moved 200 MB.
 */
export interface ObjectServerTask {
  /** Its subfolders are buckets. */
  readonly root: string;
  /** What each reply is held back to; nothing when absent. */
  readonly cap?: Cap | undefined;
  readonly tls?: boolean | undefined;
}

export interface Cap {
  readonly bytesPerSecond: number;
  readonly firstByteMs: number;
}

interface StoredObject {
  readonly bytes: Buffer;
  readonly tag: string;
}

const SLICE_BYTES = 256 * 1024;
/** Timers are late by a millisecond or so; shorter sleeps would add up to another rate. */
const LEAST_SLEEP_MS = 4;

const { root, cap, tls } = JSON.parse(process.argv[2] ?? "{}") as ObjectServerTask;
const objects = new Map<string, StoredObject>();

function objectAt(path: string): StoredObject | undefined {
  const known = objects.get(path);
  const file = join(root, path);
  if (known !== undefined || !statSync(file, { throwIfNoEntry: false })?.isFile()) return known;
  const bytes = readFileSync(file);
  const object = { bytes, tag: `"${createHash("md5").update(bytes).digest("hex")}"` };
  objects.set(path, object);
  return object;
}

async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const object = objectAt(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
  if (cap !== undefined) await sleep(cap.firstByteMs);
  if (object === undefined) return refuse(response, 404, "NoSuchKey");
  const { range, "if-match": wanted, "if-none-match": known } = request.headers;
  if (wanted !== undefined && wanted !== object.tag) return refuse(response, 412, "PreconditionFailed");
  if (known === object.tag) return void response.writeHead(304, { etag: object.tag }).end();
  const size = object.bytes.length;
  const [start, end] = toRange(range, size);
  response.writeHead(range === undefined ? 200 : 206, {
    etag: object.tag,
    "accept-ranges": "bytes",
    "content-type": "binary/octet-stream",
    "content-length": end - start + 1,
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    ...(range === undefined ? {} : { "content-range": `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === "HEAD") response.end();
  else await send(response, object.bytes.subarray(start, end + 1));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(body);
}

/** `bytes=a-b` and `bytes=a-` (RFC 9110, 14.1.2). */
function toRange(range: string | undefined, size: number): [start: number, end: number] {
  const [, start = "0", end = ""] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  return [Number(start), end === "" ? size - 1 : Math.min(Number(end), size - 1)];
}

async function send(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (cap === undefined) return void response.end(bytes);
  const started = performance.now();
  for (let sent = 0; sent < bytes.length && !response.destroyed; ) {
    const slice = bytes.subarray(sent, sent + SLICE_BYTES);
    if (!response.write(slice)) await drained(response);
    sent += slice.length;
    const ahead = (sent / cap.bytesPerSecond) * 1000 - (performance.now() - started);
    if (ahead > LEAST_SLEEP_MS) await sleep(ahead);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle).off("close", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}

const listener = (request: IncomingMessage, response: ServerResponse): void => {
  reply(request, response).catch(() => response.destroy());
};
const server = tls ? createTlsServer(TLS, listener) : createServer(listener);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
