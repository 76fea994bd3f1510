import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type OptimizeResult, optimizeModel, type Variant } from "@tricast/onnx/optimize";
import { build } from "esbuild";
import { versionsOf } from "../harness/environment.ts";
import { waitForQuiet } from "../harness/quiet.ts";
import { rotate } from "../harness/rotate.ts";
import { byRound, spread, summarise } from "../harness/statistics.ts";
import type { Goal, Suite, SuiteOptions, SuiteResult, Table } from "../harness/suite.ts";
import { type ColdSample, coldStart } from "./load/cold-process.ts";
import { CONTENDERS, type ContenderName, type Task } from "./load/contenders.ts";
import { type BenchModel, MODELS, modelFile } from "./load/models.ts";
import { fillStore, type ModelStore, STORES, type StoreName, serveStore } from "./load/store-server.ts";

export const suite: Suite = {
  name: "load",
  description: "cold process to first prediction: a tiny, a 25 MB and a 200 MB model, from file and from local S3",
  run,
};

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ADDON = createRequire(import.meta.url).resolve(
  `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
);
const QUIET_MS = 2_000;
/** One, as on a function below two vCPUs: both sides alike. */
const THREADS = 1;

interface Cell {
  readonly model: BenchModel;
  readonly contender: ContenderName;
  readonly from: "file" | StoreName;
  readonly task: Task;
  readonly env: Readonly<Record<string, string>>;
  readonly samples: ColdSample[];
}

interface Prepared {
  readonly model: BenchModel;
  readonly file: string;
  readonly result: OptimizeResult;
}

async function run({ rounds, quick, progress }: SuiteOptions): Promise<SuiteResult> {
  mkdirSync(`${ROOT}.cache/bench`, { recursive: true });
  const folder = mkdtempSync(`${ROOT}.cache/bench/load-run-`);
  const stores: ModelStore[] = [];
  try {
    const scripts = await bundleAll(folder);
    const prepared: Prepared[] = [];
    for (const model of MODELS) prepared.push(await prepare(model, quick, progress));
    await fillStore(`${folder}/store`, prepared);
    for (const name of Object.keys(STORES) as StoreName[]) stores.push(await serveStore(`${folder}/store`, name));
    const cells = prepared.flatMap((one) => cellsOf(one, stores));
    await measure(cells, scripts, rounds, progress);
    return {
      tables: [...tablesOf(cells, prepared), steadyTable(prepared)],
      goals: goalsOf(cells, prepared),
      method: METHOD,
      versions: versionsOf(["onnxruntime-node", "@aws-sdk/client-s3", "esbuild"]),
      samples: {
        cold: cells.map(({ model, contender, from, samples }) => ({ model: model.name, contender, from, samples })),
        optimized: prepared.map(({ result }) => result),
      },
    };
  } finally {
    for (const store of stores) store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleAll(folder: string): Promise<Readonly<Record<ContenderName, string>>> {
  const entries = Object.entries(CONTENDERS).map(async ([name, { source, external }]) => {
    const outfile = `${folder}/${name}.cjs`;
    await build({
      stdin: { contents: source, resolveDir: ROOT, loader: "js" },
      outfile,
      bundle: true,
      minify: true,
      platform: "node",
      format: "cjs",
      target: "node24",
      conditions: ["@tricast/source"],
      external: [...external],
      logLevel: "error",
    });
    return [name, outfile] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<ContenderName, string>;
}

/** Writes the model, and its optimised form anew: both sides of the comparison are of this machine and runtime. */
async function prepare(model: BenchModel, quick: boolean, progress: (line: string) => void): Promise<Prepared> {
  const file = modelFile(model.name);
  progress(`${model.name}: optimising`);
  const result = await optimizeModel(file, { target: { threads: THREADS }, rounds: quick ? 3 : 9 });
  progress(`${model.name}: ${result.reason}`);
  return { model, file, result };
}

function cellsOf({ model, file, result }: Prepared, stores: readonly ModelStore[]): Cell[] {
  const { variant, files } = result;
  const common = { input: model.input, rowShape: model.rowShape, threads: THREADS, addon: ADDON };
  const original: Task = { ...common, model: file, session: sessionOf(undefined) };
  const floor: Task = variant === undefined ? original : { ...common, model: files[0]!, session: sessionOf(variant) };
  const cell = (contender: ContenderName, from: Cell["from"], task: Task, env = {}): Cell => ({
    model,
    contender,
    from,
    task,
    env,
    samples: [],
  });
  const fromFile = [
    cell("floor", "file", floor),
    cell("ours", "file", original),
    cell("tutorial", "file", original),
    cell("tutorial-path", "file", original),
  ];
  const fromStores = stores.flatMap((store) => {
    const env = { ...store.env, TRICAST_CACHE_DIR: "" };
    const s3 = store.objectOf(model.name);
    return [
      cell("ours-s3", store.name, { ...original, model: store.uriOf(model.name) }, env),
      cell("node-s3", store.name, { ...original, model: store.uriOf(model.name) }, env),
      cell("tutorial-s3", store.name, { ...original, s3 }, env),
    ];
  });
  return [...fromFile, ...fromStores];
}

function sessionOf(variant: Variant | undefined): Task["session"] {
  const level = variant?.session.graphOptimizationLevel ?? "all";
  return {
    intraOpNumThreads: THREADS,
    graphOptimizationLevel: level,
    logSeverityLevel: 4,
    extra: variant?.session.config ?? {},
  };
}

async function measure(
  cells: readonly Cell[],
  scripts: Readonly<Record<ContenderName, string>>,
  rounds: number,
  progress: (line: string) => void,
): Promise<void> {
  const start = async (cell: Cell): Promise<ColdSample> => {
    // A new cache folder each time: the download is what is measured.
    const cache = mkdtempSync(`${ROOT}.cache/bench/load-cache-`);
    try {
      await waitForQuiet(QUIET_MS);
      return await coldStart(scripts[cell.contender], cell.task, { ...cell.env, TRICAST_CACHE_DIR: cache });
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  };
  const expected = new Map<string, readonly number[]>();
  // Once each, so that every file is in the page cache and all answers are compared.
  for (const cell of cells) {
    const { first } = await start(cell);
    const known = expected.get(cell.model.name) ?? first;
    expected.set(cell.model.name, known);
    assertSame(cell, known, first);
  }
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const cell of rotate(cells, round)) cell.samples.push(await start(cell));
  }
}

function assertSame({ model, contender }: Cell, expected: readonly number[], got: readonly number[]): void {
  const largest = Math.max(1, ...expected.map(Math.abs));
  const same = expected.every((value, index) => Math.abs(value - got[index]!) <= largest * 1e-4);
  if (!same || expected.length === 0)
    throw new Error(`${contender} predicts ${got} with ${model.name}, not ${expected}`);
}

function millisecondsOf(cell: Cell): number[] {
  return cell.samples.map(({ milliseconds }) => milliseconds);
}

function find(cells: readonly Cell[], model: string, contender: ContenderName, from: Cell["from"]): Cell {
  const cell = cells.find((one) => one.model.name === model && one.contender === contender && one.from === from);
  if (cell === undefined || cell.samples.length === 0) throw new Error(`${contender} on ${model} was not measured`);
  return cell;
}

/** Medians of the ratios within a round. */
function ratio(over: Cell, under: Cell) {
  return summarise(byRound(millisecondsOf(over), millisecondsOf(under), (a, b) => a / b));
}

const TITLES: Readonly<Record<ContenderName, string>> = {
  floor: "floor: library and session, nothing else",
  ours: "ours",
  tutorial: "tutorial: whole file, session from the buffer",
  "tutorial-path": "the same by path",
  "ours-s3": "ours",
  "node-s3": "the same ranges through Node's own client",
  "tutorial-s3": "tutorial: AWS SDK, whole object, session from the buffer",
};

function tablesOf(cells: readonly Cell[], prepared: readonly Prepared[]): Table[] {
  return prepared.map(({ model, file, result }) => ({
    title: `${model.title}, ${size(statSync(file).size)}; optimised form: ${result.chosen?.name ?? "none is faster"}`,
    columns: ["from", "loader", "to the first prediction, ms", "x floor or ours", "peak memory, MiB"],
    rows: cells.filter((cell) => cell.model === model).map((cell) => toRow(cell, cells)),
  }));
}

function toRow(cell: Cell, cells: readonly Cell[]): string[] {
  const { model, contender, from, samples } = cell;
  const base = find(cells, model.name, from === "file" ? "floor" : "ours-s3", from);
  return [
    from,
    TITLES[contender],
    spread(summarise(millisecondsOf(cell)), 1),
    cell === base ? "" : spread(ratio(cell, base), 2),
    summarise(samples.map(({ peakMb }) => peakMb)).median.toFixed(0),
  ];
}

function steadyTable(prepared: readonly Prepared[]): Table {
  return {
    title: "Steady runs of the optimised form, against the plain session",
    columns: ["model", "1 row, ms", "plain, ms", "x", "16 rows, ms", "plain, ms", "x", "largest difference"],
    rows: prepared.map(({ model, result: { chosen } }) => {
      if (chosen?.one === undefined) return [model.title, "the plain session is used"];
      const { one, sixteen } = chosen;
      const cells = [one, sixteen].flatMap((times) =>
        times === undefined
          ? ["", "", ""]
          : [times.candidateMs.toFixed(2), times.originalMs.toFixed(2), times.ratio.toFixed(2)],
      );
      return [model.title, ...cells, (chosen.difference ?? 0).toExponential(0)];
    }),
  };
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

function goalsOf(cells: readonly Cell[], prepared: readonly Prepared[]): Goal[] {
  const fromFile = prepared.map(({ model }) => {
    const over = ratio(find(cells, model.name, "ours", "file"), find(cells, model.name, "floor", "file"));
    return atMost(`${model.title} from file: at most 1.2 x the floor`, over.median, 1.2, "x");
  });
  const mlp = (contender: ContenderName, from: Cell["from"]) => find(cells, "mlp", contender, from);
  const faster = (claim: string, least: number, slow: Cell, fast: Cell): Goal => {
    const { median } = ratio(slow, fast);
    return { claim, measured: `${median.toFixed(1)} x`, met: median >= least };
  };
  return [
    ...fromFile,
    faster("200 MB from file: at least 6 x faster than the tutorial", 6, mlp("tutorial", "file"), mlp("ours", "file")),
    faster("200 MB from S3: at least 2 x faster", 2, mlp("tutorial-s3", "S3"), mlp("ours-s3", "S3")),
    faster(
      "200 MB from S3, capped: at least 5 x faster",
      5,
      mlp("tutorial-s3", "S3, capped"),
      mlp("ours-s3", "S3, capped"),
    ),
    ...(Object.keys(STORES) as StoreName[]).map((from) =>
      faster(`200 MB from ${from}: at least 1.3 x Node's own client`, 1.3, mlp("node-s3", from), mlp("ours-s3", from)),
    ),
    ...prepared.map(({ model, file }) => memoryGoal(cells, model, statSync(file).size)),
    ...prepared.flatMap(({ model, result }) => steadyGoals(model, result)),
  ];
}

/** The bare runtime is what the tiny model's floor takes. */
function memoryGoal(cells: readonly Cell[], model: BenchModel, bytes: number): Goal {
  const peak = (name: string, contender: ContenderName) =>
    summarise(find(cells, name, contender, "file").samples.map(({ peakMb }) => peakMb)).median;
  const limit = (1.1 * bytes) / 2 ** 20 + peak("iris", "floor");
  const value = peak(model.name, "ours");
  return {
    claim: `${model.title}: peak memory at most 1.1 x the model and the bare runtime`,
    measured: `${value.toFixed(0)} of ${limit.toFixed(0)} MiB`,
    met: value <= limit,
  };
}

function steadyGoals({ title }: BenchModel, { chosen }: OptimizeResult): Goal[] {
  const { one, sixteen } = chosen ?? {};
  return [
    atMost(`${title}: 1 row at most 1.05 x the plain session`, one?.ratio ?? 1, 1.05, "x"),
    atMost(`${title}: 16 rows at most 1.2 x the plain session`, sixteen?.ratio ?? 1, 1.2, "x"),
  ];
}

function atMost(claim: string, value: number, limit: number, unit: string): Goal {
  return { claim, measured: `${value.toFixed(2)} ${unit}`, met: value <= limit };
}

const METHOD =
  "Every sample is a new Node process without a compile cache, timed on the parent's clock from the spawn to the " +
  "bytes of its first prediction of one row; its end is not counted. All files are in the page cache, and all sides " +
  "run on one thread. Ours is `onnx()` bundled to one file; it finds the form that `optimizeModel` put beside the " +
  "model. The floor is the native library by its literal path and a session from that same form. The tutorial uses " +
  "the public packages from node_modules, with their defaults except for the thread. Every round runs every " +
  "contender once, in rotated order, and ratios are taken within a round. Peak memory is VmHWM, which counts the " +
  "pages of a mapped model. S3 is a server with its two read operations on loopback, on the same two cores, which " +
  "serves from memory. Ours starts with an empty disk cache, and every load checks the digest. The keys are in the " +
  "environment, as on Lambda, so ours signs its reads itself; its bundle still contains the AWS SDK. Capped means " +
  "80 MB/s for each connection and 20 ms to the first byte; TLS is a self-signed certificate. Node's own client is " +
  "node:http or node:https with a keep-alive agent, for the same ranges on as many connections. Steady times are " +
  "those of the optimiser: both sessions in one process, in turns.";
