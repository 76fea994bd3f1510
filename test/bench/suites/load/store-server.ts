import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { OptimizeResult } from "@tricast/onnx/optimize";
import { openStore } from "@tricast/store";
import { push } from "@tricast/store/versions";
import { startS3Server } from "../../../support/stores/s3-server.ts";
import type { TestServer } from "../../../support/stores/test-server.ts";
import { withEnv } from "../../../support/stores/with-env.ts";
import type { Task } from "./contenders.ts";

export interface Cap {
  readonly bytesPerSecond: number;
  readonly firstByteMs: number;
}

/** What one connection to a store in the same region may be taken to give. */
export const CAPPED: Cap = { bytesPerSecond: 80e6, firstByteMs: 20 };

/** An S3 with the models of the benchmark in it. */
export interface ModelStore {
  readonly name: "S3" | "S3, capped";
  readonly env: Readonly<Record<string, string>>;
  uriOf(model: string): string;
  objectOf(model: string): NonNullable<Task["s3"]>;
  close(): Promise<void>;
}

interface Source {
  readonly model: { readonly name: string };
  readonly file: string;
  readonly result: OptimizeResult;
}

/** Starts an S3, and pushes each model with its optimised form. */
export async function serveStore(sources: readonly Source[], cap: Cap | undefined): Promise<ModelStore> {
  const server = await startS3Server();
  try {
    await withEnv(server.env, () => pushAll(server, sources));
    return cap === undefined ? toStore("S3", server, server.address) : await capped(server, cap);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function pushAll({ uri, options }: TestServer, sources: readonly Source[]): Promise<void> {
  const store = await openStore(uri, options);
  for (const { model, file, result } of sources) {
    const variants = result.variant === undefined ? [] : [result.variant];
    await push(store, model.name, dirname(file), { version: "v1", entry: `${model.name}.onnx`, variants });
  }
}

async function capped(server: TestServer, cap: Cap): Promise<ModelStore> {
  const proxy = await startProxy(server.address, cap);
  const store = toStore("S3, capped", server, addressOf(proxy));
  return {
    ...store,
    close: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await store.close();
    },
  };
}

function toStore(name: ModelStore["name"], { uri, env, close }: TestServer, endpoint: string): ModelStore {
  const [, , bucket = "", ...folder] = uri.split("/");
  return {
    name,
    env: { ...env, AWS_ENDPOINT_URL_S3: endpoint },
    uriOf: (model) => `${uri}/${model}@v1`,
    objectOf: (model) => ({ endpoint, bucket, key: [...folder, model, "v1", `${model}.onnx`].join("/") }),
    close,
  };
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Passes requests on, each reply late and slowly. */
async function startProxy(target: string, { bytesPerSecond, firstByteMs }: Cap): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = request(new URL(url ?? "/", target), { method, headers }, (reply) => {
      setTimeout(() => {
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(throttle(bytesPerSecond)).pipe(outgoing);
      }, firstByteMs);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Lets so many bytes through that the whole is never ahead of its rate. */
function throttle(bytesPerSecond: number): Transform {
  const started = performance.now();
  let sent = 0;
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      const ahead = (sent / bytesPerSecond) * 1000 - (performance.now() - started);
      // Timers are late by a millisecond or so; short sleeps would add up to another rate.
      if (ahead > 4) await sleep(ahead);
      done(null, chunk);
    },
  });
}
