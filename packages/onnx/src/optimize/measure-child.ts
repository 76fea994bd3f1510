import { readFileSync, statSync } from "node:fs";
import { deserialize } from "node:v8";
import { loadBinding } from "../binding.ts";
import { type Feeds, invalidTensor, isProblems } from "../feeds.ts";
import { loadModel } from "../load.ts";
import type { LoadedModel } from "../model.ts";
import { toTensor } from "../tensor/from-value.ts";
import type { ColdAnswer, ColdQuestion, PairAnswer, PairQuestion, Question, Reply, Subject } from "./child-messages.ts";
import { differenceOf } from "./compare-outputs.ts";
import { reviveExamples } from "./example-file.ts";
import { madeUpFeeds, takesBatches } from "./made-up-feeds.ts";
import type { Example } from "./options.ts";
import { timePair } from "./time-pair.ts";

/** The process that loads one form, or the original and one form, and measures them. `ask` starts it. */

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const SEEDS = [1, 2, 3];
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

function measureCold({ subject, threads, examples }: ColdQuestion): ColdAnswer {
  loadBinding(QUIET);
  const started = performance.now();
  const model = open(subject, threads);
  const loaded = performance.now();
  const feeds = casesOf(model, examples)[0]!.feeds;
  const first = performance.now();
  model.runTensors(feeds);
  return { loadMs: loaded - started, firstMs: performance.now() - first, peakMb: peakMb() };
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
  const cases = casesOf(reference, examples).filter(({ isExample, feeds }) => isExample || runs(reference, feeds));
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
  /** The graph may refuse generated inputs, but not examples. */
  readonly isExample: boolean;
}

/** The examples first, then generated inputs. */
function casesOf(model: LoadedModel, examples: readonly Example[]): Case[] {
  const given = examples.map((example): Case => {
    const feeds = model.reader.read(example, ({ type, shape }, value) => toTensor(type, shape, value, "allow"));
    if (isProblems(feeds)) throw invalidTensor(feeds);
    return { feeds, rows: 1, isExample: true };
  });
  const batches = takesBatches(model.inputs) ? [1, 16] : [1];
  const madeUp = batches.flatMap((rows) =>
    SEEDS.map((seed): Case => ({ feeds: madeUpFeeds(model.inputs, rows, seed), rows, isExample: false })),
  );
  return [...given, ...madeUp];
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
