import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { openStore } from "@tricast/store";
import { push } from "@tricast/store/publishing";
import { loadBinding } from "../../src/binding.ts";
import { executionStats, type OnnxModel, type OnnxOptions, onnx } from "../../src/index.ts";
import { recordRows } from "../../src/optimize/index.ts";
import { writeRecord } from "../../src/optimize/write-record.ts";
import { type OptimizedRecord, recordPath } from "../../src/optimized/record.ts";
import { type LogLine, loadContext, SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";

const folder = scratchFolder();
const binding = loadBinding(loadContext().log);
const IRIS = new URL("../../../../handlers/iris/iris.onnx", import.meta.url);
const signal = new AbortController().signal;
let folders = 0;

const CLASSIFIER: GraphSpec = {
  nodes: [
    { op: "MatMul", inputs: ["x", "w"], outputs: ["scores"] },
    { op: "ArgMax", inputs: ["scores"], outputs: ["label"], attributes: { axis: 1, keepdims: 0 } },
  ],
  inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
  outputs: [
    { name: "label", type: "int64", shape: ["N"] },
    { name: "scores", type: "float32", shape: ["N", 2] },
  ],
  initializers: [{ name: "w", dims: [2, 2], type: "float32", data: [1, 2, 3, 4] }],
};

const DOUBLE: GraphSpec = {
  nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
  inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
};

interface Opened {
  readonly model: OnnxModel;
  readonly lines: LogLine[];
}

const opened: OnnxModel[] = [];
after(async () => {
  for (const model of opened) await model.close();
});

async function open(uri: string, options: OnnxOptions = {}): Promise<Opened> {
  const lines: LogLine[] = [];
  const setting = { ...options, execution: { mode: "inline", maxBatchRows: 16, ...options.execution } } as const;
  const model = await onnx(uri, setting).load({ ...loadContext(lines), platform: SERVES_MANY });
  opened.push(model);
  return { model, lines };
}

const warnings = ({ lines }: Opened): string[] =>
  lines.filter(({ level }) => level === "warn").map(({ message }) => message);

/** Runs of the graph for four requests that come together. */
async function runsFor(
  { model }: Opened,
  x: readonly (readonly number[])[],
  outputs?: readonly string[],
): Promise<number> {
  const asked = outputs === undefined ? {} : { outputs };
  const before = executionStats(model)!.batches;
  await Promise.all([1, 2, 3, 4].map(() => model.run({ [model.inputs[0]!.name]: x }, asked)));
  return executionStats(model)!.batches - before;
}

/** An original in a folder of its own, and the runtime's own form of it, with the record that `change` makes. */
async function withForm(
  spec: GraphSpec,
  change: (record: OptimizedRecord) => OptimizedRecord,
): Promise<{ model: string; ort: string }> {
  const place = `form ${folders++}`;
  const model = write(folder, `${place}/m.onnx`, writeOnnx(spec));
  const ort = join(folder, place, "m.ort");
  const session = new binding.Session();
  session.loadModel(model, { logSeverityLevel: 4, optimizedModelFilePath: ort } as never);
  session.dispose();
  const variant = {
    files: ["m.ort"],
    target: { arch: process.arch },
    runtime: `onnxruntime ${binding.version}`,
    session: { graphOptimizationLevel: "all", config: {}, threadable: false },
    measured: {},
    rows: recordRows(model),
  } as const;
  const record = recordPath(model);
  await writeRecord(record, model, variant, [ort]);
  writeFileSync(record, JSON.stringify(change(JSON.parse(readFileSync(record, "utf8")))));
  return { model, ort };
}

const asMade = (record: OptimizedRecord): OptimizedRecord => record;
const withoutRows = ({ variant: { rows: _rows, ...variant }, ...record }: OptimizedRecord): OptimizedRecord => ({
  ...record,
  variant,
});

test("requests share runs of the outputs that keep rows apart, and not of a label that is decided by rounded scores", async () => {
  const one = await open(write(folder, "classifier.onnx", writeOnnx(CLASSIFIER)));
  await one.model.run({ x: [[1, 2]] });
  assert.ok((await runsFor(one, [[1, 2]], ["scores"])) <= 2);
  assert.equal(await runsFor(one, [[1, 2]]), 4);
  assert.equal(await runsFor(one, [[1, 2]], ["label"]), 4);
  assert.equal(warnings(one).length, 1);
  assert.match(
    warnings(one)[0]!,
    /requests that ask for "label" run one by one: ArgMax "label" decides by floats.*Requests that ask for other outputs only share runs/,
  );
});

test("an optimised form is joined by what its record says of the original, without the original", async () => {
  const { model, ort } = await withForm(DOUBLE, asMade);
  rmSync(model);
  const one = await open(ort);
  await one.model.run({ x: [[1, 2]] });
  assert.ok((await runsFor(one, [[1, 2]])) <= 2);
  assert.deepEqual(warnings(one), []);
});

test("an optimised form without such a record runs each request alone, and says how to change that", async () => {
  for (const change of [withoutRows, byAnotherAnalysis]) {
    const { model, ort } = await withForm(DOUBLE, change);
    rmSync(model);
    const one = await open(ort);
    await one.model.run({ x: [[1, 2]] });
    assert.equal(await runsFor(one, [[1, 2]]), 4);
    assert.match(
      warnings(one).join(),
      /m\.ort does not contain a verdict about its rows\. Make it again with: tricast models optimize/,
    );
  }
});

function byAnotherAnalysis(record: OptimizedRecord): OptimizedRecord {
  return { ...record, variant: { ...record.variant, rows: { analysis: 0, outputs: { y: true } } } };
}

test("beside its original, a form without such a record is joined by the original's graph", async () => {
  const { model } = await withForm(DOUBLE, withoutRows);
  const one = await open(model);
  await one.model.run({ x: [[1, 2]] });
  assert.ok((await runsFor(one, [[1, 2]])) <= 2);
});

test("a version in a store is joined by its manifest", async () => {
  const { model, ort } = await withForm(DOUBLE, asMade);
  const { variant } = JSON.parse(readFileSync(recordPath(model), "utf8")) as OptimizedRecord;
  const root = join(folder, "store");
  await push(await openStore(root), "double", join(ort, ".."), {
    describe: readOnnxHeader,
    entry: "m.onnx",
    variants: [variant],
  });
  const one = await open(`${root}/double@latest`, { store: { cacheDir: null } });
  await one.model.run({ x: [[1, 2]] });
  assert.ok((await runsFor(one, [[1, 2]])) <= 2);
});

test("a tree ensemble shares runs on one thread, and not on several, where its sums have another order", async () => {
  const flower = [[5.1, 3.5, 1.4, 0.2]];
  const one = await open(IRIS.href);
  await one.model.run({ features: flower });
  assert.ok((await runsFor(one, flower)) <= 2);
  const two = await open(IRIS.href, { session: { intraOpNumThreads: 2 } });
  await two.model.run({ features: flower });
  assert.equal(await runsFor(two, flower), 4);
  assert.match(warnings(two).join(), /a tree ensemble on several threads.*leave intraOpNumThreads out/);
});

test('batching: "exact" takes single rows, and answers every instance by a run of its own', async () => {
  const path = write(folder, "exact.onnx", writeOnnx(DOUBLE));
  const source = onnx(path, { batching: "exact", execution: { mode: "inline" } });
  const model = (await source.load({ ...loadContext(), platform: SERVES_MANY })) as OnnxModel;
  opened.push(model);
  const service = source.zeroCode!(model);
  assert.equal(service.batchable, true);
  await model.run({ x: [[1, 2]] });
  const before = executionStats(model)!.batches;
  assert.deepEqual(
    await service.predictBatch(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { signal },
    ),
    [{ y: [2, 4] }, { y: [6, 8] }, { y: [10, 12] }],
  );
  assert.equal(executionStats(model)!.batches - before, 3);
});

test("a graph that mixes rows is warned about once, when instances come that could have been joined", async () => {
  const spec: GraphSpec = {
    ...DOUBLE,
    nodes: [{ op: "Softmax", inputs: ["x"], outputs: ["y"], attributes: { axis: 0 } }],
  };
  const lines: LogLine[] = [];
  const source = onnx(write(folder, "softmax.onnx", writeOnnx(spec)));
  const model = source.load(loadContext(lines)) as OnnxModel;
  opened.push(model);
  const service = source.zeroCode!(model);
  await service.predictBatch([[1, 2]], { signal });
  assert.deepEqual(lines, []);
  for (let time = 0; time < 2; time++)
    assert.deepEqual(
      await service.predictBatch(
        [
          [1, 2],
          [3, 4],
        ],
        { signal },
      ),
      [{ y: [1, 1] }, { y: [1, 1] }],
    );
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["warn"],
  );
  assert.match(
    lines.map(({ message }) => message).join(),
    /softmax\.onnx: requests run one by one: Softmax "y" works along the rows/,
  );
});

test("a single number of products is not joined where weights are not prepacked, and three are", async () => {
  const config = { "session.disable_prepacking": "1" };
  for (const [width, isJoined] of [
    [1, false],
    [3, true],
  ] as const) {
    const spec: GraphSpec = {
      nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
      inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
      outputs: [{ name: "y", type: "float32", shape: ["N", width] }],
      initializers: [{ name: "w", dims: [2, width], type: "float32", data: [1, 2, 3, 4, 5, 6].slice(0, 2 * width) }],
    };
    const path = write(folder, `narrow-${width}.onnx`, writeOnnx(spec));
    const unpacked = await open(path, { session: { config } });
    await unpacked.model.run({ x: [[1, 2]] });
    assert.equal((await runsFor(unpacked, [[1, 2]])) <= 2, isJoined);
    const packed = await open(path);
    await packed.model.run({ x: [[1, 2]] });
    assert.ok((await runsFor(packed, [[1, 2]])) <= 2);
  }
});
