import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { loadBinding } from "../src/binding.ts";
import { loadModel } from "../src/load.ts";
import { locate, type SearchContext } from "../src/locate.ts";
import type { LoadedModel } from "../src/model.ts";
import { writeRecord } from "../src/optimize/write-record.ts";
import { cpuKind } from "../src/optimized/cpu-kind.ts";
import type { OptimizedRecord, Variant } from "../src/optimized/record.ts";
import { selectVariant } from "../src/optimized/select-variant.ts";
import { type LogLine, loadContext } from "./support/context.ts";
import { scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, writeOnnx } from "./support/onnx-writer.ts";

const root = scratchFolder();
const binding = loadBinding(loadContext().log);
let folders = 0;

/** `y = x + step`, so that it shows which file was loaded. */
function adder(step: number): Uint8Array {
  const graph: GraphSpec = {
    nodes: [{ op: "Add", inputs: ["x", "step"], outputs: ["y"] }],
    initializers: [{ name: "step", dims: [1], type: "float32", data: [step] }],
    inputs: [{ name: "x", type: "float32", shape: ["N"] }],
    outputs: [{ name: "y", type: "float32", shape: ["N"] }],
  };
  return writeOnnx(graph);
}

const VARIANT: Variant = {
  files: ["m.ort"],
  target: { arch: process.arch, threads: 1, ...(cpuKind() === undefined ? {} : { cpu: cpuKind()! }) },
  runtime: `onnxruntime ${binding.version}`,
  session: { graphOptimizationLevel: "all", config: { "session.disable_prepacking": "1" }, threadable: false },
  measured: {},
};

interface Placed {
  readonly model: string;
  readonly ort: string;
  readonly record: string;
}

/** An original that adds 1 and an "optimised form" that adds 2: the answer tells which was loaded. */
async function place(variant: Partial<Variant> = {}): Promise<Placed> {
  const folder = join(root, `place ${folders++}`);
  const model = write(folder, "m.onnx", adder(1));
  const source = write(folder, "source", adder(2));
  const ort = join(folder, "m.ort");
  const session = new binding.Session();
  session.loadModel(source, { logSeverityLevel: 4, optimizedModelFilePath: ort } as never);
  session.dispose();
  rmSync(source);
  const record = join(folder, "m.tricast.json");
  await writeRecord(record, model, { ...VARIANT, ...variant }, [ort]);
  return { model, ort, record };
}

function edit(record: string, change: (content: OptimizedRecord) => unknown): void {
  writeFileSync(record, JSON.stringify(change(JSON.parse(readFileSync(record, "utf8")))));
}

const context = (folder: string): SearchContext => ({
  predictor: "p",
  model: "model",
  callerFolder: folder,
  env: {},
  workingFolder: folder,
  layerFolders: [],
});

async function load(path: string, lines: LogLine[] = []): Promise<"original" | "optimised"> {
  const file = locate(basename(path), context(dirname(path)));
  const model: LoadedModel = loadModel(file, { nonFinite: "allow" }, loadContext(lines));
  const { y } = await model.run({ x: [0] });
  model.close();
  return y?.data[0] === 1 ? "original" : "optimised";
}

/** Loads the original, and says once why. */
async function assertLeftAside(path: string, reason: RegExp): Promise<void> {
  const lines: LogLine[] = [];
  assert.equal(await load(path, lines), "original");
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["warn"],
  );
  assert.match(lines[0]!.message, reason);
}

test("a form that fits is loaded in place of the model, by either name, and without a word", async () => {
  const { model, ort } = await place();
  const lines: LogLine[] = [];
  assert.equal(await load(model, lines), "optimised");
  assert.equal(await load(ort, lines), "optimised");
  assert.deepEqual(lines, []);
});

test("a form for another processor, architecture or runtime is left aside, with one warning", async () => {
  const { model } = await place({ target: { arch: process.arch, cpu: "avx1024" } });
  await assertLeftAside(
    model,
    /it was made for processors with avx1024, and this one has .*Make it again with: tricast models optimize/,
  );
  await assertLeftAside((await place({ target: { arch: "riscv64" } })).model, /made for riscv64/);
  await assertLeftAside(
    (await place({ runtime: "onnxruntime 1.2.3" })).ort,
    /made by onnxruntime 1\.2\.3, and this runtime is/,
  );
});

test("a model trained anew is served, and not the form of the one before", async () => {
  const { model } = await place();
  write(dirname(model), "m.onnx", adder(1));
  utimesSync(model, new Date(), new Date(Date.now() - 3_600_000));
  assert.equal(await load(model), "optimised", "the same bytes, copied");
  utimesSync(model, new Date(), new Date(Date.now() + 3_600_000));
  await assertLeftAside(model, /m\.onnx has changed since then/);
  const { model: other } = await place();
  const bytes = adder(1);
  const changed = Buffer.from(bytes);
  // One bit of the weight; size and time are those of a copy.
  const step = changed.indexOf(Buffer.from(Float32Array.of(1).buffer));
  changed.writeUInt8(changed.readUInt8(step) ^ 1, step);
  writeFileSync(other, changed);
  utimesSync(other, new Date(), new Date(Date.now() - 3_600_000));
  const lines: LogLine[] = [];
  await load(other, lines);
  assert.match(lines[0]!.message, /m\.onnx has changed since then/);
  writeFileSync(other, Buffer.concat([bytes, Buffer.from([0])]));
  lines.length = 0;
  await load(other, lines).catch(() => undefined);
  assert.match(lines[0]!.message, /m\.onnx has changed since then/);
});

test("a form that is cut short, corrupt or gone is left aside", async () => {
  const short = await place();
  truncateSync(short.ort, 100);
  await assertLeftAside(short.model, /m\.ort has 100 bytes instead of \d+/);
  const corrupt = await place();
  writeFileSync(corrupt.ort, Buffer.alloc(readFileSync(corrupt.ort).length, 7));
  await assertLeftAside(corrupt.model, /m\.ort .*cannot be used/);
  const gone = await place();
  rmSync(gone.ort);
  await assertLeftAside(gone.model, /m\.ort does not exist/);
});

test("a record that is none is left aside with a warning, and files are never looked for elsewhere", async () => {
  for (const content of ["{", "null", "[]", '{"format":2}']) {
    const { model, record } = await place();
    writeFileSync(record, content);
    await assertLeftAside(model, /m\.tricast\.json is ignored/);
  }
  const { model, record } = await place();
  edit(record, (content) => ({ ...content, variant: { ...content.variant, files: ["../place 0/m.ort"] } }));
  await assertLeftAside(model, /it is not a record/);
});

test("a form that was shipped without its original is loaded; where it does not fit, the error tells the fix", async () => {
  const { model, record } = await place();
  rmSync(model);
  assert.equal(await load(model), "optimised");
  edit(record, (content) => ({ ...content, variant: { ...content.variant, runtime: "onnxruntime 1.2.3" } }));
  await assert.rejects(load(model), {
    code: "model-invalid",
    message: /made by onnxruntime 1\.2\.3.*Fix: put the original beside it/s,
  });
});

test("a folder with a model and its form stands for the model", async () => {
  const { model, ort, record } = await place();
  const folder = dirname(model);
  assert.equal(locate(".", context(folder)).path, model);
  const external = join(root, "external");
  mkdirSync(external);
  copyFileSync(model, join(external, "m.onnx"));
  copyFileSync(model, join(external, "m.optimized.onnx"));
  copyFileSync(record, join(external, "m.tricast.json"));
  assert.equal(locate(".", context(external)).path, join(external, "m.onnx"));
  rmSync(record);
  assert.throws(() => locate(".", context(folder)), /a folder with m\.onnx, m\.ort/);
  assert.equal(locate(ort, context(folder)).path, ort);
});

test("what a version lists is chosen from by processor and runtime", () => {
  const other = { ...VARIANT, files: ["other.ort"], target: { arch: "riscv64" } };
  const foreign = { files: ["foreign.bin"], target: { arch: process.arch }, runtime: VARIANT.runtime };
  assert.equal(selectVariant([other, foreign, VARIANT], binding.version)?.files[0], "m.ort");
  assert.equal(selectVariant([other, foreign], binding.version), undefined);
  assert.equal(selectVariant(undefined, binding.version), undefined);
  assert.equal(selectVariant([VARIANT], "0.0.1"), undefined);
});

test("the processor's kind is what the runtime chooses its kernels by", () => {
  const kind = (arch: string, text: string | undefined) => cpuKind(arch, () => text);
  const flags = (words: string): string => `processor\t: 0\nmodel name\t: X\nflags\t\t: ${words}\nbugs\t\t: avx512f\n`;
  assert.equal(kind("x64", flags("fpu sse2 avx fma avx2 avx512f")), "avx512f");
  assert.equal(kind("x64", flags("fpu sse2 avx fma avx2")), "avx2");
  assert.equal(kind("x64", flags("sse2 avx avx2")), "avx");
  assert.equal(kind("x64", flags("sse2")), "sse2");
  assert.equal(kind("arm64", "processor : 0\nFeatures\t: fp asimd sve\n"), "neon");
  assert.equal(kind("arm64", "Features : fp asimd sme sme2\n"), "sme");
  assert.equal(kind("x64", undefined), undefined);
  assert.equal(kind("s390x", flags("a")), undefined);
});
