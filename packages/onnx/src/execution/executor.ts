import { type Logger, TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { RowJoins } from "../joining/row-joins.ts";
import { nextTurn } from "../next-turn.ts";
import type { Fetches, OnnxRunOptions, Outputs, Runner } from "../runner.ts";
import { rowCount } from "../stacking.ts";
import { BatchLimit } from "./batch-limit.ts";
import { Departure, type ObservedRun } from "./departure.ts";
import { isFailed, type Lane, type Lanes, type Outcome } from "./lane.ts";
import { abortable, type PendingRun, pendingRun } from "./pending-run.ts";
import { misshapen } from "./probe-rows.ts";
import { RunQueue } from "./run-queue.ts";
import { share, tryStack, unwrap } from "./shared-run.ts";
import type { ExecutionStats } from "./stats.ts";

/** Inputs of one shared run. With more, memory grows and rows do not become cheaper. */
const BATCH_BYTES = 64 * 2 ** 20;
/** Inputs of all waiting runs. */
const QUEUE_BYTES = 512 * 2 ** 20;

/** How a model runs. */
export interface Decision {
  readonly lanes: Lanes;
  readonly batches: BatchLimit;
  readonly intraOpNumThreads: number;
}

export interface ExecutorSetting {
  readonly name: string;
  readonly log: Logger;
  readonly maxQueue: number;
  /** Which requests may share a run. */
  readonly joins: Pick<RowJoins, "allows" | "forbid">;
  /** Used for the first runs, until `decide` has measured one of them. */
  readonly first: Decision;
  /** Called with inputs on which the model has run. */
  readonly decide: (feeds: Feeds, fetches: Fetches) => Promise<Decision>;
  /** Called with a slow run of the main thread. Workers for the model, or `undefined` if they are not slow with that run. */
  readonly leave?: ((run: ObservedRun, current: Decision) => Promise<Decision | undefined>) | undefined;
}

/**
 * Distributes the runs of one model to its lanes. A run begins at once while a lane is free. While all are busy, runs wait,
 * and a lane that becomes free takes the oldest run with all that may share it.
 */
export class Executor implements Runner {
  private readonly setting: ExecutorSetting;
  private readonly queue = new RunQueue();
  private decision: Decision;
  /** `first`: the next run is measured. */
  private stage: "first" | "measuring" | "decided" = "first";
  private pumping = false;
  private running = 0;
  private readonly counts = { requests: 0, batches: 0, rows: 0, splitBatches: 0, cancelled: 0, overloaded: 0 };
  private readonly departure = new Departure(
    (run) => this.moveToWorkers(run),
    (held) => {
      for (const run of held) this.enqueue(run);
      this.pump();
    },
  );
  private whenIdle: (() => void) | undefined;
  private closed = false;

  constructor(setting: ExecutorSetting) {
    this.setting = setting;
    this.decision = setting.first;
  }

  run(feeds: Feeds, fetches: Fetches, options?: Pick<OnnxRunOptions, "signal">): Outputs | Promise<Outputs> {
    const mayRun = this.stage === "decided" && !this.departure.holds(feeds);
    const lane = mayRun ? this.decision.lanes.admit() : undefined;
    if (lane === undefined || this.queue.size > 0) return this.wait(feeds, fetches, options?.signal);
    return this.runAlone(lane, feeds, fetches);
  }

  stats(): ExecutionStats {
    const { kind, workers, crashes } = this.decision.lanes;
    return {
      mode: this.stage === "decided" ? kind : "measuring",
      workers,
      intraOpNumThreads: this.decision.intraOpNumThreads,
      maxBatchRows: this.decision.batches.rows,
      queued: this.queue.size + this.departure.held.size,
      running: this.running,
      ...this.counts,
      crashes,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    const error = new TricastError("shutting-down", `the model ${this.setting.name} is closed`);
    for (const run of [...this.queue.clear(), ...this.departure.held.clear()]) run.reject(error);
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        this.whenIdle = resolve;
      });
    }
    await this.departure.ended;
    await this.decision.lanes.close();
  }

  /** Starts waiting runs while lanes are free. */
  readonly pump = (): void => {
    // A lane of this thread is free again before its run returns, and calls this again.
    if (this.pumping) return;
    this.pumping = true;
    while (this.queue.size > 0 && this.beginNext());
    this.pumping = false;
    if (this.closed && this.running === 0) this.whenIdle?.();
  };

  private beginNext(): boolean {
    if (this.stage === "measuring") return false;
    const { lanes } = this.decision;
    if (lanes.broken !== undefined) {
      for (const run of this.queue.clear()) run.reject(lanes.broken);
      return false;
    }
    const lane = this.stage === "first" ? lanes.any() : lanes.next();
    if (lane === undefined) return false;
    if (this.stage === "first") void this.measureWith(lane);
    else this.begin(lane, this.queue.take({ rows: this.decision.batches.next(), bytes: BATCH_BYTES }));
    return true;
  }

  /** Without a promise where the lane is this thread. */
  private runAlone(lane: Lane, feeds: Feeds, fetches: Fetches): Outputs | Promise<Outputs> {
    let outcome: Outcome | undefined;
    let settle: ((outcome: Outcome) => void) | undefined;
    this.enter(lane, 1);
    this.runOn(lane, { feeds, fetches, requests: 1 }, (result) => {
      outcome = result;
      settle?.(result);
      this.leave(lane, 1);
    });
    if (outcome !== undefined) return unwrap(outcome);
    return new Promise((resolve, reject) => {
      settle = (result) => (isFailed(result) ? reject(result.error) : resolve(result.outputs));
    });
  }

  private wait(feeds: Feeds, fetches: Fetches, signal: AbortSignal | undefined): Promise<Outputs> {
    signal?.throwIfAborted();
    this.refuseOverload();
    return new Promise((resolve, reject) => {
      const run = pendingRun(feeds, fetches, resolve, reject);
      const cancel = (cancelled: PendingRun): void => {
        if (this.queue.remove(cancelled) || this.departure.held.remove(cancelled)) this.counts.cancelled++;
      };
      const waiting = signal === undefined ? run : abortable(run, signal, cancel);
      if (this.departure.holds(feeds)) this.departure.held.push(waiting, false);
      else this.enqueue(waiting);
      this.pump();
    });
  }

  private enqueue(run: PendingRun): void {
    this.queue.push(run, this.decision.batches.joins && this.setting.joins.allows(run.fetches));
  }

  private refuseOverload(): void {
    const { name, maxQueue } = this.setting;
    const { held } = this.departure;
    const [size, bytes] = [this.queue.size + held.size, this.queue.bytes + held.bytes];
    const full = size >= maxQueue ? `${size} runs` : undefined;
    const large = bytes >= QUEUE_BYTES ? `${bytes} bytes of inputs` : undefined;
    const waits = full ?? large;
    if (waits === undefined) return;
    this.counts.overloaded++;
    throw new TricastError("overloaded", `${waits} already wait for ${name}; try again later`, {
      retryAfterSeconds: 1,
    });
  }

  private enter(lane: Lane, requests: number): void {
    lane.busy = true;
    this.running += requests;
    this.counts.requests += requests;
  }

  private leave(lane: Lane, requests: number): void {
    lane.busy = false;
    this.running -= requests;
    if (this.queue.size > 0 || this.closed) this.pump();
  }

  private runOn(lane: Lane, run: Omit<ObservedRun, "ms">, done: (outcome: Outcome) => void): void {
    const rows = rowCount(run.feeds);
    this.counts.batches++;
    this.counts.rows += rows;
    lane.run(run.feeds, run.fetches, (outcome) => {
      if (!isFailed(outcome)) this.observe(rows, { ...run, ms: outcome.ms });
      done(outcome);
    });
  }

  private observe(rows: number, run: ObservedRun): void {
    this.decision.batches.observe(rows, run.ms);
    if (this.stage !== "decided" || this.closed || this.setting.leave === undefined) return;
    if (this.decision.lanes.kind === "inline") this.departure.observe(run);
  }

  private begin(lane: Lane, members: readonly PendingRun[]): void {
    this.enter(lane, members.length);
    const joined = members.length > 1 ? tryStack(members) : undefined;
    if (joined !== undefined) this.runJoined(lane, members, joined);
    else this.runSingly(lane, members, 0);
  }

  private runJoined(lane: Lane, members: readonly PendingRun[], feeds: Feeds): void {
    this.runOn(lane, { feeds, fetches: members[0]!.fetches, requests: members.length }, (outcome) => {
      if (isFailed(outcome)) {
        // One bad row fails the shared run. Alone, the other requests succeed.
        if (!outcome.crashed) return this.split(lane, members);
        for (const member of members) member.reject(outcome.error);
      } else {
        const wrong = misshapen(outcome.outputs, rowCount(feeds));
        if (wrong !== undefined) {
          this.forbidBatches(wrong);
          return this.split(lane, members);
        }
        share(outcome.outputs, members);
      }
      this.leave(lane, members.length);
    });
  }

  private split(lane: Lane, members: readonly PendingRun[]): void {
    this.counts.splitBatches++;
    this.runSingly(lane, members, 0);
  }

  /** One after another, on the lane of their shared run. */
  private runSingly(lane: Lane, members: readonly PendingRun[], index: number): void {
    const { feeds, fetches, resolve, reject } = members[index]!;
    this.runOn(lane, { feeds, fetches, requests: 1 }, (outcome) => {
      if (!isFailed(outcome)) resolve(outcome.outputs);
      else if (!outcome.crashed) reject(outcome.error);
      else for (const member of members.slice(index)) member.reject(outcome.error);
      const isOver = index === members.length - 1 || (isFailed(outcome) && outcome.crashed);
      if (isOver) this.leave(lane, members.length);
      // In a microtask, because direct calls would nest on a lane of this thread.
      else queueMicrotask(() => this.runSingly(lane, members, index + 1));
    });
  }

  private forbidBatches(why: string): void {
    if (!this.decision.batches.joins) return;
    this.decision = { ...this.decision, batches: BatchLimit.fixed(1) };
    this.setting.joins.forbid(why);
  }

  /** Runs the oldest request, and measures with its inputs how to run the others. */
  private async measureWith(lane: Lane): Promise<void> {
    const [run] = this.queue.take({ rows: 1, bytes: 0 });
    if (run === undefined) return;
    this.stage = "measuring";
    this.enter(lane, 1);
    const { feeds, fetches } = run;
    const outcome = await new Promise<Outcome>((resolve) => this.runOn(lane, { feeds, fetches, requests: 1 }, resolve));
    if (isFailed(outcome)) run.reject(outcome.error);
    else {
      await this.decide(run);
      run.resolve(outcome.outputs);
    }
    this.stage = isFailed(outcome) ? "first" : "decided";
    this.leave(lane, 1);
    this.pump();
  }

  /** Moves to workers. Returns false where the model stays on the main thread. */
  private async moveToWorkers(run: ObservedRun): Promise<boolean> {
    const { lanes } = this.decision;
    try {
      const next = await this.setting.leave?.(run, this.decision);
      if (next === undefined) return false;
      this.decision = next;
      // A shared run that was split may have a request left in this turn.
      await nextTurn();
      await lanes.close();
    } catch (error) {
      const { name, log } = this.setting;
      log.warn(`${name} stays on the main thread, which its runs block: ${(error as Error).message}`);
    }
    return this.decision.lanes !== lanes;
  }

  private async decide({ feeds, fetches }: PendingRun): Promise<void> {
    try {
      this.decision = await this.setting.decide(feeds, fetches);
    } catch (error) {
      const { name, log } = this.setting;
      log.warn(`${name} could not be measured, and continues without shared runs: ${(error as Error).message}`);
    }
  }
}
