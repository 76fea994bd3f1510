import { answerParent } from "../../harness/child.ts";
import { heapPerCall } from "../../harness/heap.ts";
import { timeWarmPair, type WarmPair, type WarmPairOptions } from "../../harness/warm-pair.ts";
import type { Handler } from "./contender.ts";
import { BASELINE, type ContenderName, loadContender } from "./contenders/index.ts";
import { assertCorrect } from "./correctness.ts";
import { FEATURES, invocationOf } from "./invocation.ts";
import { type BenchModel, loadModel, type Workload } from "./models.ts";

export interface PairQuestion extends WarmPairOptions {
  readonly contender: ContenderName;
  readonly workload: Workload;
  /** Heap is counted in a process of its own: its young generation is too large to time anything in. */
  readonly what: "time" | "heap";
}

export type PairAnswer = WarmPair | { readonly baseline: number; readonly contender: number };

async function measure(question: PairQuestion): Promise<PairAnswer> {
  const model = await loadModel(question.workload);
  const baseline = { call: await prepare(BASELINE, model) };
  const contender = { call: await prepare(question.contender, model) };
  const args = invocationOf(JSON.stringify({ features: FEATURES }));
  if (question.what === "time") return timeWarmPair(baseline, contender, args, question);
  return {
    baseline: await heapPerCall(baseline, args, question.warmupCalls),
    contender: await heapPerCall(contender, args, question.warmupCalls),
  };
}

async function prepare(name: ContenderName, model: BenchModel): Promise<Handler> {
  const contender = await loadContender(name);
  const handler = await contender.create(model);
  await assertCorrect(contender, handler, model);
  return handler;
}

answerParent(measure);
