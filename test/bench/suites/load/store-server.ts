import { fork } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { readOnnxHeader } from "@tricast/onnx/graph";
import type { OptimizeResult } from "@tricast/onnx/optimize";
import { openStore } from "@tricast/store";
import { push } from "@tricast/store/publishing";
import type { Task } from "./contenders.ts";
import type { Cap, ObjectServerTask } from "./object-server.child.ts";

/** What one connection to a store in the same region may be taken to give. */
const CAPPED: Cap = { bytesPerSecond: 80e6, firstByteMs: 20 };

const BUCKET = "models";

/** The object servers that are measured: plain HTTP, each connection capped, and over TLS as every cloud's store is. */
export const STORES = {
  S3: {},
  "S3, capped": { cap: CAPPED },
  "S3, TLS": { tls: true },
} satisfies Readonly<Record<string, Omit<ObjectServerTask, "root">>>;

export type StoreName = keyof typeof STORES;

const CERTIFICATE = fileURLToPath(new URL("../../../support/stores/tls/cert.pem", import.meta.url));

/** An S3 with the models of the benchmark in it. */
export interface ModelStore {
  readonly name: StoreName;
  readonly env: Readonly<Record<string, string>>;
  uriOf(model: string): string;
  objectOf(model: string): NonNullable<Task["s3"]>;
  close(): void;
}

interface Source {
  readonly model: { readonly name: string };
  readonly file: string;
  readonly result: OptimizeResult;
}

/** Pushes each model with its optimised form: the layout is the same in every store, a folder included. */
export async function fillStore(root: string, sources: readonly Source[]): Promise<void> {
  const store = await openStore(`${root}/${BUCKET}`);
  for (const { model, file, result } of sources) {
    const variants = result.variant === undefined ? [] : [result.variant];
    await push(store, model.name, dirname(file), {
      describe: readOnnxHeader,
      version: "v1",
      entry: `${model.name}.onnx`,
      variants,
    });
  }
}

/** Serves what {@link fillStore} pushed, from a process of its own. */
export async function serveStore(root: string, name: StoreName): Promise<ModelStore> {
  const task: ObjectServerTask = { root, ...STORES[name] };
  const child = fork(fileURLToPath(new URL("./object-server.child.ts", import.meta.url)), [JSON.stringify(task)]);
  const [port] = (await once(child, "message")) as [number];
  const endpoint = `${task.tls ? "https" : "http"}://localhost:${port}`;
  return {
    name,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
      AWS_EC2_METADATA_DISABLED: "true",
      NODE_EXTRA_CA_CERTS: CERTIFICATE,
    },
    uriOf: (model) => `s3://${BUCKET}/${model}@v1`,
    objectOf: (model) => ({ endpoint, bucket: BUCKET, key: `${model}/v1/${model}.onnx` }),
    close: () => void child.kill(),
  };
}
