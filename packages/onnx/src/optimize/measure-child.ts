import { readFileSync, statSync } from "node:fs";
import { deserialize } from "node:v8";
import { loadBinding } from "../binding.ts";
import { type Feeds, invalidTensor, isProblems } from "../feeds.ts";
import { loadModel } from "../load.ts";
import { ATTEMPTS, type MadeUp, madeUpAttempts } from "../made-up/attempts.ts";
import { madeUpFeeds } from "../made-up/made-up-feeds.ts";
import { type Hints, readHints } from "../made-up/read-hints.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import type { LoadedModel } from "../model.ts";
import { toTensor } from "../tensor/from-value.ts";
import type { ColdAnswer, ColdQuestion, PairAnswer, PairQuestion, Question, Reply, Subject } from "./child-messages.ts";
import { differenceOf } from "./compare-outputs.ts";
import { reviveExamples } from "./example-file.ts";
import type { Example } from "./options.ts";
import { timePair } from "./time-pair.ts";

/** The process that loads one form, or the original and one form, and measures them. `ask` starts it. */

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const SEEDS = [1, 2, 3];
/** Larger than the smallest inputs, so that the measurement resembles requests more. */
const TYPICAL = { batch: 1, open: 8, suggested: true, values: { seed: 1 } };
/** Two pools of threads take turns, so neither may spin in the time of the other. */
const NO_SPINNING = { "session.intra_op.allow_spinning": "0" };

function open({ path, session }: Subject, threads: number, config: Record<string, string> = {}): LoadedModel {
  const format = path.endsWith(".ort") ? "ort" : "onnx";
  const file = { path, bytes: statSync(path).size, format } as const;
  const options = {
    form: { file, session },
    nonFinite: "allow",
    session: { intraOpNumThreads: threads, config },
  } as const;
  return loadModel(file, options, { log: QUIET });
}

function measureCold({ original, subject, threads, examples }: ColdQuestion): ColdAnswer {
  loadBinding(QUIET);
  const started = performance.now();
  const model = open(subject, threads);
  const loaded = performance.now();
  const given = examplesOf(model, examples)[0]?.feeds;
  const firstMs = given === undefined ? timeMadeUp(model, hintsOf(original, model)) : timeOf(model, given);
  return { loadMs: loaded - started, firstMs, peakMb: peakMb() };
}

function timeOf(model: LoadedModel, feeds: Feeds): number {
  const started = performance.now();
  model.runTensors(feeds);
  return performance.now() - started;
}

/** The duration of the first run that succeeds. @throws {Error} the refusal of the first generated input. */
function timeMadeUp(model: LoadedModel, hints: Hints): number {
  let refusal: unknown;
  for (const { feeds } of typicalAttempts(model, hints)) {
    try {
      return timeOf(model, feeds);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal ?? new Error("generated inputs would be larger than 64 MiB");
}

function typicalAttempts({ inputs }: LoadedModel, hints: Hints): Generator<MadeUp> {
  return madeUpAttempts(inputs, hints, [TYPICAL, ...ATTEMPTS]);
}

/** Of the original: the graphs of other forms show less. */
function hintsOf({ path }: Subject, { inputs }: LoadedModel): Hints {
  return readHints({ path, bytes: 0, format: "onnx" }, inputs);
}

/** Not `resourceUsage().maxRSS`, which a process inherits from its parent (Linux, fork and exec). */
function peakMb(): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

function measurePair({ original, candidate, threads, examples, tolerance, blocks }: PairQuestion): PairAnswer {
  const config = threads > 1 ? NO_SPINNING : {};
  const [reference, form] = [open(original, threads, config), open(candidate, threads, config)];
  const cases = [...examplesOf(reference, examples), ...madeUpCases(reference, hintsOf(original, reference))];
  if (cases.length === 0) throw new Error("the model fails on generated inputs; give examples that it runs on");
  const difference = Math.max(
    ...cases.map(({ feeds }) => differenceOf(reference.runTensors(feeds), form.runTensors(feeds))),
  );
  const compared = { difference, cases: cases.length };
  if (difference > tolerance) return compared;
  const time = (feeds: Feeds) => timePair(reference, form, feeds, blocks);
  const many = cases.find(({ rows }) => rows === 16);
  return { ...compared, one: time(cases[0]!.feeds), ...(many === undefined ? {} : { sixteen: time(many.feeds) }) };
}

function runs(model: LoadedModel, feeds: Feeds): boolean {
  try {
    model.runTensors(feeds);
    return true;
  } catch {
    return false;
  }
}

interface Case {
  readonly feeds: Feeds;
  readonly rows: number;
}

function examplesOf(model: LoadedModel, examples: readonly Example[]): Case[] {
  return examples.map((example) => {
    const feeds = model.reader.read(example, ({ type, shape }, value) => toTensor(type, shape, value, "allow"));
    if (isProblems(feeds)) throw invalidTensor(feeds);
    return { feeds, rows: 1 };
  });
}

/** Generated inputs that the model accepts, in the sizes of the first that it accepts. */
function madeUpCases(model: LoadedModel, hints: Hints): Case[] {
  const accepted = firstAccepted(model, hints);
  if (accepted === undefined) return [];
  const cases = (takesBatches(model.inputs) ? [1, 16] : [1]).flatMap((rows) =>
    SEEDS.map((seed) => {
      const feeds = madeUpFeeds(model.inputs, hints, { ...accepted.attempt, batch: rows, values: { seed } });
      return feeds !== undefined && runs(model, feeds) ? { feeds, rows } : undefined;
    }),
  );
  return [...cases.filter((one) => one !== undefined), { feeds: accepted.feeds, rows: 1 }];
}

function firstAccepted(model: LoadedModel, hints: Hints): MadeUp | undefined {
  for (const madeUp of typicalAttempts(model, hints)) if (runs(model, madeUp.feeds)) return madeUp;
  return undefined;
}

/** Whether every input has a leading dimension of any size, so that rows can be stacked along it. */
function takesBatches(inputs: readonly OnnxValueInfo[]): boolean {
  return inputs.length > 0 && inputs.every(({ shape }) => typeof shape[0] === "string");
}

function reply(): Reply {
  try {
    const sent = deserialize(readFileSync(process.argv[2]!)) as Question;
    const question = { ...sent, examples: reviveExamples(sent.examples) };
    return { answer: question.kind === "cold" ? measureCold(question) : measurePair(question) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

process.send?.(reply());
