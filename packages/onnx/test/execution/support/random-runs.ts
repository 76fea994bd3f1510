import assert from "node:assert/strict";
import { test } from "node:test";
import { isTricastError } from "@tricast/core";
import { type OnnxModel, type OnnxOptions, Tensor } from "../../../src/index.ts";
import { uniform } from "../../../src/tensor/random-tensor.ts";
import { serverOpener } from "./executed.ts";
import { mixed, TABLE } from "./graphs.ts";

const open = serverOpener();

const RUNS_OF_ROUND = 2500;
/** Callers that wait at one time. */
const CALLERS = 200;

type Random = () => number;

interface Request {
  readonly feeds: { readonly x: Tensor; readonly index: Tensor; readonly name: Tensor };
  readonly outputs: readonly ("double" | "picked" | "echo")[] | undefined;
  readonly poisoned: boolean;
}

const ASKED = [undefined, ["double"], ["picked"], ["echo"], ["double", "echo"], ["picked", "double"]] as const;

function makeRequest(random: Random): Request {
  const below = (limit: number): number => Math.floor(random() * limit);
  const [rows, floats, indexes] = [1 + below(3), 1 + below(3), 1 + below(2)];
  const poisoned = below(50) === 0;
  const x = Float32Array.from({ length: rows * floats }, () => random() * 200 - 100);
  const index = BigInt64Array.from({ length: rows * indexes }, () => BigInt(below(TABLE.length)));
  if (poisoned) index[below(index.length)] = BigInt(TABLE.length + below(9));
  const name = Array.from({ length: rows }, () => `row ${below(1e6)} é`);
  return {
    feeds: {
      x: new Tensor("float32", x, [rows, floats]),
      index: new Tensor("int64", index, [rows, indexes]),
      name: new Tensor("string", name, [rows]),
    },
    outputs: ASKED[below(ASKED.length)],
    poisoned,
  };
}

/** What the graph gives by its definition, in float32. */
function expected({ x, index, name }: Request["feeds"]): Record<string, Tensor> {
  const picked = Float32Array.from(index.data as BigInt64Array, (at) => TABLE[Number(at)] ?? Number.NaN);
  return {
    double: new Tensor(
      "float32",
      (x.data as Float32Array).map((value) => value + value),
      x.dims,
    ),
    picked: new Tensor("float32", picked, index.dims),
    echo: name,
  };
}

function assertAnswer(request: Request, answer: Readonly<Record<string, Tensor>>): void {
  const right = expected(request.feeds);
  const names = request.outputs ?? ["double", "picked", "echo"];
  assert.deepEqual(Object.keys(answer).sort(), [...names].sort());
  for (const name of names) {
    const [got, want] = [answer[name]!, right[name]!];
    assert.deepEqual(got.dims, want.dims);
    assert.ok(
      got.data.every((value, at) => {
        const other = want.data[at]!;
        return value === other || Math.abs(Number(value) - Number(other)) <= 1e-5 * Math.abs(Number(other));
      }),
      `${name}: ${got.data.join()} instead of ${want.data.join()}`,
    );
  }
}

/** Answers the request, or fails it where it is poisoned; nothing else. */
async function check(model: OnnxModel, request: Request): Promise<void> {
  const { feeds, outputs, poisoned } = request;
  try {
    const answer = await model.run(feeds, outputs === undefined ? {} : { outputs });
    assert.equal(poisoned, false, "a poisoned request was answered");
    assertAnswer(request, answer);
  } catch (error) {
    if (!poisoned || !isTricastError(error)) throw error;
    assert.equal(error.code, "predict-failed");
  }
}

async function round(model: OnnxModel, seed: number): Promise<void> {
  const random = uniform(seed);
  let left = RUNS_OF_ROUND;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      await check(model, makeRequest(random));
      // Callers come in bursts of different sizes, and now and then alone.
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: 1 + Math.floor(random() * CALLERS) }, caller));
}

/** Defines the tests of random runs, a round of 2,500 for each seed. */
export function testRandomRuns(seeds: readonly number[]): void {
  for (const [where, options] of [
    ["on the main thread", { execution: { mode: "inline", maxBatchRows: 24 } }],
    ["in two workers", { execution: { workers: 2, maxBatchRows: 24 } }],
  ] satisfies [string, OnnxOptions][]) {
    test(`runs of mixed shapes, outputs and bad rows get their own rows ${where}`, async () => {
      const { model, stats } = await open(mixed(), options);
      for (const seed of seeds) await round(model, seed);
      const { requests, batches, splitBatches, queued, running } = stats();
      assert.ok(requests >= seeds.length * RUNS_OF_ROUND);
      assert.ok(batches < requests, "runs were shared");
      assert.ok(splitBatches > 0, "bad rows met good ones");
      assert.deepEqual([queued, running], [0, 0]);
    });
  }
}
