/**
 * Scripts of one cold process each: `TRICAST_BENCH_TASK` says what to load, and the last thing they do is to write the
 * prediction. What all of them need is in `HEAD` and `tail`, and costs all of them the same.
 */
export interface Task {
  /** Path, or address in a store. */
  readonly model: string;
  readonly input: string;
  readonly rowShape: readonly number[];
  readonly threads: number;
  /** For the floor: the native addon, and the session options of the form. */
  readonly addon: string;
  readonly session: Readonly<Record<string, unknown>>;
  readonly s3?: { readonly endpoint: string; readonly bucket: string; readonly key: string };
}

export type ContenderName = "floor" | "ours" | "tutorial" | "tutorial-path" | "ours-s3" | "node-s3" | "tutorial-s3";

/** The one row that is predicted, as `madeUpRow` in row.ts makes it. */
const HEAD = `
  import { readFileSync, writeSync } from "node:fs";
  const task = JSON.parse(process.env.TRICAST_BENCH_TASK);
  const row = new Float32Array(task.rowShape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < row.length; i++) row[i] = ((i * 37) % 101) / 101 + 0.5;
  const answer = (outputs) => {
    const data = Object.values(outputs).at(-1).data;
    const peak = Number(/^VmHWM:\\s*(\\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))[1]) / 1024;
    writeSync(1, JSON.stringify({ peakMb: peak, first: Array.from(data.slice(0, 4), Number) }));
    process.exit(0);
  };`;

/** Only the native library. */
const FLOOR = `${HEAD}
  class Tensor {
    constructor(type, data, dims) { this.type = type; this.data = data; this.dims = dims; }
    get location() { return "cpu"; }
  }
  const addon = { exports: {} };
  process.dlopen(addon, task.addon);
  addon.exports.initOrtOnce(3, Tensor, true);
  const session = new addon.exports.InferenceSession();
  session.loadModel(task.model, task.session);
  const fetches = {};
  for (const { name, isTensor } of session.outputMetadata) if (isTensor) fetches[name] = null;
  answer(session.run({ [task.input]: new Tensor("float32", row, [1, ...task.rowShape]) }, fetches));`;

const OURS = `${HEAD}
  import { onnx, Tensor } from "@tricast/onnx";
  const log = { debug() {}, info() {}, warn(text) { console.error(text); }, error(text) { console.error(text); } };
  const source = onnx(task.model, { session: { intraOpNumThreads: task.threads } });
  const run = async () => {
    const model = await source.load({ predictor: "bench", model: "model", platform: "local", log });
    answer(await model.run({ [task.input]: new Tensor("float32", row, [1, ...task.rowShape]) }));
  };
  run();`;

/** The same ranges on as many connections, through the agents of node:http and node:https, which know proxies. */
const NODE_CLIENT = `process.env.NODE_USE_ENV_PROXY = "1";${OURS}`;

/** As in tutorials: the package, the whole file in a buffer, a session from the buffer. */
const TUTORIAL = `${HEAD}
  import * as ort from "onnxruntime-node";
  const run = async () => {
    const session = await ort.InferenceSession.create(readFileSync(task.model), { intraOpNumThreads: task.threads });
    answer(await session.run({ [task.input]: new ort.Tensor("float32", row, [1, ...task.rowShape]) }));
  };
  run();`;

const TUTORIAL_PATH = TUTORIAL.replace("readFileSync(task.model)", "task.model");

const TUTORIAL_S3 = `${HEAD}
  import * as ort from "onnxruntime-node";
  import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
  const run = async () => {
    const { endpoint, bucket, key } = task.s3;
    const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const session = await ort.InferenceSession.create(await Body.transformToByteArray(), { intraOpNumThreads: task.threads });
    answer(await session.run({ [task.input]: new ort.Tensor("float32", row, [1, ...task.rowShape]) }));
  };
  run();`;

export interface ContenderScript {
  readonly source: string;
  /** Loaded from node_modules, as in a tutorial; everything else is one file. */
  readonly external: readonly string[];
}

const FROM_MODULES = ["onnxruntime-node", "@aws-sdk/client-s3"];

export const CONTENDERS: Readonly<Record<ContenderName, ContenderScript>> = {
  floor: { source: FLOOR, external: [] },
  // Users without a store do not have the package.
  ours: { source: OURS, external: ["@tricast/store"] },
  tutorial: { source: TUTORIAL, external: FROM_MODULES },
  "tutorial-path": { source: TUTORIAL_PATH, external: FROM_MODULES },
  "ours-s3": { source: OURS, external: [] },
  "node-s3": { source: NODE_CLIENT, external: [] },
  "tutorial-s3": { source: TUTORIAL_S3, external: FROM_MODULES },
};
