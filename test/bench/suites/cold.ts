import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaFunction } from "../../e2e/support/lambda-function.ts";
import { versionsOf } from "../harness/environment.ts";
import { waitForQuiet } from "../harness/quiet.ts";
import { rotate } from "../harness/rotate.ts";
import { byRound, spread, summarise } from "../harness/statistics.ts";
import type { Goal, Suite, SuiteOptions, SuiteResult, Table } from "../harness/suite.ts";
import { CONTENDERS, type Contender, type ContenderName, scriptBytes } from "./cold/contenders.ts";

export const suite: Suite = {
  name: "cold",
  description: "process start to first prediction through AWS's runtime client, by way of packaging",
  run,
};

const QUIET_MS = 2_000;
/** Fewer say nothing about a tenth. */
const LEAST_ROUNDS = 20;
const EVENT = { features: [5.1, 3.5, 1.4, 0.2] };

interface Cell {
  readonly contender: Contender;
  readonly folder: string;
  readonly scriptBytes: number;
  readonly milliseconds: number[];
}

async function run({ rounds, quick, progress }: SuiteOptions): Promise<SuiteResult> {
  // Outside of this repository, whose package.json would make ES modules of its files.
  const folder = mkdtempSync(join(tmpdir(), "tricast-cold-"));
  try {
    const cells = await Promise.all(
      CONTENDERS.map((contender, index) => prepare(contender, join(folder, String(index)))),
    );
    await measure(cells, quick ? rounds : Math.max(rounds, LEAST_ROUNDS), progress);
    return {
      tables: [toTable(cells)],
      goals: goalsOf(cells),
      method: METHOD,
      versions: versionsOf(["onnxruntime-node", "aws-lambda-ric", "@aws-sdk/client-s3", "esbuild", "valibot"]),
      samples: cells.map(({ contender, scriptBytes, milliseconds }) => ({
        name: contender.name,
        scriptBytes,
        milliseconds,
      })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(contender: Contender, folder: string): Promise<Cell> {
  mkdirSync(folder);
  await contender.make(folder);
  return { contender, folder, scriptBytes: scriptBytes(folder), milliseconds: [] };
}

async function measure(cells: readonly Cell[], rounds: number, progress: (line: string) => void): Promise<void> {
  // Once each, so that every file is in the page cache.
  for (const { folder } of cells) await timeFirstAnswer(folder);
  for (let round = 0; round < rounds; round++) {
    await waitForQuiet(QUIET_MS);
    progress(`round ${round + 1} of ${rounds}`);
    for (const { folder, milliseconds } of rotate(cells, round)) milliseconds.push(await timeFirstAnswer(folder));
  }
}

/**
 * From the start of the function's process to its first answer, which must be right. The event waits for it from the
 * start.
 */
async function timeFirstAnswer(taskRoot: string): Promise<number> {
  const environment = { TRICAST_LOG_LEVEL: "error", AWS_REGION: "eu-central-1" };
  const fn = await LambdaFunction.start({ taskRoot, handler: "index.handler", environment });
  try {
    const outcome = await fn.invoke(EVENT, { timeoutMs: 15_000 });
    const milliseconds = performance.now() - fn.spawnedAt;
    assert.equal(outcome.kind, "response", fn.log);
    const { label, probabilities } = JSON.parse(outcome.kind === "response" ? outcome.body.toString("utf8") : "{}");
    assert.equal(label, "setosa");
    assert.ok(Math.abs(probabilities.setosa - 1) < 0.05);
    return milliseconds;
  } finally {
    await fn.stop();
  }
}

function cellOf(cells: readonly Cell[], name: ContenderName): Cell {
  const cell = cells.find(({ contender }) => contender.name === name);
  if (cell === undefined) throw new Error(`no contender is called ${name}`);
  return cell;
}

const ratio = (one: Cell, other: Cell) => summarise(byRound(one.milliseconds, other.milliseconds, (a, b) => a / b));

function toTable(cells: readonly Cell[]): Table {
  const floor = cellOf(cells, "floor");
  return {
    title: "Iris on Lambda: process start to first answer",
    columns: ["function", "what it is", "its own script, KB", "ms", "x floor"],
    rows: cells.map((cell) => [
      cell.contender.name,
      cell.contender.about,
      (cell.scriptBytes / 1000).toFixed(1),
      spread(summarise(cell.milliseconds), 1),
      cell === floor ? "1" : spread(ratio(cell, floor), 2),
    ]),
  };
}

function goalsOf(cells: readonly Cell[]): readonly Goal[] {
  const floor = cellOf(cells, "floor");
  const ours = cellOf(cells, "tricast");
  const plain = ratio(cellOf(cells, "tricast, no schemas"), floor).median;
  const validated = ratio(ours, floor).median;
  const tree = ratio(cellOf(cells, "tree + SDK"), ours).median;
  const bundled = ratio(cellOf(cells, "bundled"), ours).median;
  return [
    {
      claim: "iris without schemas starts within 1.15 x the floor",
      measured: `${plain.toFixed(2)} x`,
      met: plain <= 1.15,
    },
    {
      claim: "iris with validation starts within 1.25 x the floor",
      measured: `${validated.toFixed(2)} x`,
      met: validated <= 1.25,
    },
    {
      claim: "at least twice as fast as the npm tree with an eager SDK",
      measured: `${tree.toFixed(2)} x`,
      met: tree >= 2,
    },
    { claim: "faster than serverless-esbuild's bundle", measured: `${bundled.toFixed(2)} x`, met: bundled > 1 },
  ];
}

const METHOD =
  "Each function runs in AWS's own runtime client (aws-lambda-ric) in a new Node process, with its event waiting at " +
  "a Runtime API on loopback. The parent's clock runs from just before the spawn to the function's first answer, " +
  "which is compared; the end of the process is not counted. All files are in the page cache, and Node's compile " +
  "cache is off (our artefact carries V8's code cache). Every round runs every function once, in rotated order; " +
  "ratios are medians of the ratios within a round. The floor loads the addon and the model by hand, with our " +
  "session options, and validates nothing.";
