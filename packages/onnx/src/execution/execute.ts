import type { LoadContext } from "@tricast/core/adapter";
import { LOG_ERRORS, locateBinding } from "../binding.ts";
import type { Feeds } from "../feeds.ts";
import { RowJoins } from "../joining/row-joins.ts";
import {
  fallBack,
  type LoadOptions,
  loadModel,
  originOf,
  readGraphValues,
  refusedByRuntime,
  refuseMisfit,
} from "../load.ts";
import type { ModelFile } from "../locate.ts";
import type { GraphValues, NativeMetadata } from "../metadata.ts";
import { type AnyLoadedModel, LoadedModel } from "../model.ts";
import { nextTurn } from "../next-turn.ts";
import { chooseForm, type Form } from "../optimized/choose-form.ts";
import type { Fetches } from "../runner.ts";
import { type OnnxSessionOptions, sessionOptions } from "../session-options.ts";
import { isThreadable } from "../threadable.ts";
import { readVcpus } from "../vcpus.ts";
import { BatchLimit } from "./batch-limit.ts";
import type { ObservedRun } from "./departure.ts";
import { type Decision, Executor } from "./executor.ts";
import { INLINE_BATCH_MS, INLINE_MS } from "./inline-limits.ts";
import { InlineTurns } from "./inline-turns.ts";
import type { Lanes } from "./lane.ts";
import { type Measured, measure } from "./measure.ts";
import { type ExecutionSettings, readSettings } from "./settings.ts";
import { shareContent } from "./share-content.ts";
import { type Sizing, sizeOf } from "./sizing.ts";
import { RefusedModel, WorkerLane } from "./worker-lane.ts";
import type { WorkerStart } from "./worker-main.ts";
import { WorkerPool } from "./worker-pool.ts";

/** A file up to this size loads on the main thread first, in a few milliseconds. Starting a worker takes tens. */
const INLINE_FIRST_BYTES = 2 * 2 ** 20;
/** Loading a larger file would block the main thread for too long, even if its runs are fast. */
const INLINE_BYTES = 16 * 2 ** 20;
const WORKER_BATCH_MS = 100;
/** Checking that rows are independent takes seven runs. For slower models it is skipped, and requests run alone. */
const SLOWEST_RUN_MS = 500;
/**
 * Threads of a session spin for the next operator. Meanwhile the thread that reads and answers requests cannot use their
 * processor. This duration covers the time between two operators: measured, a lone request takes up to a third less than
 * without spinning, and neither requests nor health checks become slower under load (docs: execution).
 */
const SHORT_SPINNING = { "session.intra_op.allow_spinning": "1", "session.intra_op.spin_duration_us": "200" };

/**
 * Loads a model whose requests may wait for a thread and share a run. The first run, which is the predictor's example,
 * decides where and how the model runs.
 *
 * @throws {TricastError} as `loadModel` does; `invalid-option` for a variable of the environment; `worker-crashed` when a
 * worker ended while it loaded the model.
 */
export async function executeModel(
  file: ModelFile,
  options: LoadOptions,
  context: LoadContext,
  _load: typeof loadModel,
): Promise<AnyLoadedModel> {
  return new Execution(file, options, context).open();
}

/** Loads one model and decides how it runs. */
class Execution {
  private readonly options: LoadOptions;
  private readonly context: LoadContext;
  private readonly settings: ExecutionSettings;
  private readonly binding: ReturnType<typeof locateBinding>;
  private readonly vcpus = readVcpus();
  private form: Form;
  private joins: RowJoins | undefined;
  /** The outputs that shared runs are measured with; `undefined` where requests do not share runs. */
  private joined: Fetches | undefined;
  private executor: Executor | undefined;

  constructor(file: ModelFile, options: LoadOptions, context: LoadContext) {
    const settings = readSettings(options.execution);
    this.options = options;
    this.context = context;
    // The host created this thread as one of many (Lambda Managed Instances): more threads would compete with them.
    const auto = process.getBuiltinModule("node:worker_threads").isMainThread ? "auto" : "inline";
    this.settings = { ...settings, mode: settings.mode === "auto" ? auto : settings.mode };
    this.binding = locateBinding(context.log);
    this.form = options.form ?? chooseForm(file, this.binding.version, context.log);
  }

  async open(): Promise<AnyLoadedModel> {
    const { mode } = this.settings;
    if (mode === "inline" || (mode === "auto" && this.form.file.bytes <= INLINE_FIRST_BYTES)) {
      const { lanes, graph } = await this.openInline();
      return this.assemble(graph, lanes);
    }
    const { lanes, metadata } = await this.openWorker();
    try {
      return this.assemble(readGraphValues(metadata, this.form.file, this.context.log), lanes);
    } catch (error) {
      await lanes.close();
      throw error;
    }
  }

  private assemble({ inputs, outputs }: GraphValues, lanes: Lanes): AnyLoadedModel {
    const { maxBatchRows = 1, maxQueue } = this.settings;
    const origin = originOf(this.form, this.options, this.context.log);
    const joins = new RowJoins(origin, { inputs, outputs });
    this.joins = joins;
    this.executor = new Executor({
      name: this.form.file.path,
      log: this.context.log,
      maxQueue,
      joins,
      first: { lanes, batches: BatchLimit.fixed(maxBatchRows), intraOpNumThreads: this.sizing().intraOpNumThreads },
      decide: (feeds, fetches) => this.decide(lanes, feeds, fetches),
      leave: this.settings.mode === "auto" ? (run, current) => this.leave(run, current) : undefined,
    });
    const { nonFinite } = this.options;
    const name = this.form.file.path;
    return new LoadedModel({ name, inputs, outputs, nonFinite, runner: this.executor, origin, joins });
  }

  private readonly pump = (): void => this.executor?.pump();

  private async openInline(): Promise<{ readonly lanes: InlineTurns; readonly graph: GraphValues }> {
    await nextTurn();
    const options = { ...this.options, session: this.session, form: this.form };
    const model = loadModel(this.form.file, options, this.context);
    // Another one, if this one did not load.
    this.form = model.origin.form;
    return { lanes: new InlineTurns(model, this.pump), graph: model };
  }

  private async openWorker(): Promise<{ readonly lanes: WorkerPool; readonly metadata: NativeMetadata }> {
    refuseMisfit(this.form);
    const { file, original } = this.form;
    const start = await this.workerStart();
    try {
      const { lane, metadata } = await WorkerLane.open(file.path, start);
      const { log } = this.context;
      return { lanes: new WorkerPool({ name: file.path, start, log, onFree: this.pump }, lane), metadata };
    } catch (error) {
      if (!(error instanceof RefusedModel)) throw error;
      if (original === undefined) throw refusedByRuntime(file, error.message, error);
      this.form = fallBack(this.form, original, error, this.context.log);
      return this.openWorker();
    }
  }

  private async workerStart(): Promise<WorkerStart> {
    const { file, session: made } = this.form;
    const { content, path, format } = file;
    const { intraOpNumThreads } = this.sizing();
    const setting = { vcpus: 1, format, openSessions: 0, made };
    return {
      binding: this.binding.path,
      logLevel: LOG_ERRORS,
      model: content === undefined ? { path } : { content: await shareContent(content) },
      options: sessionOptions(setting, { ...this.session, intraOpNumThreads }),
    };
  }

  private get session(): OnnxSessionOptions {
    const { session } = this.options;
    return { ...session, config: { ...SHORT_SPINNING, ...session?.config } };
  }

  private sizing(): Sizing {
    const { file, session: made } = this.form;
    const threadable = this.vcpus >= 2 && (made?.threadable ?? isThreadable(file));
    const { workers } = this.settings;
    const intraOpNumThreads = this.options.session?.intraOpNumThreads;
    return sizeOf({ file, vcpus: this.vcpus, threadable, workers, intraOpNumThreads });
  }

  /** Measures the model on its current thread, and again if it moves to another. */
  private async decide(lanes: Lanes, feeds: Feeds, fetches: Fetches): Promise<Decision> {
    const { mode, maxBatchRows } = this.settings;
    if (maxBatchRows !== 1) {
      this.joins?.report();
      this.joined = this.joins?.among(fetches);
    }
    const mayLeave = mode === "auto" && lanes.kind === "inline";
    const measured = await this.measureOn(lanes, feeds, fetches, mayLeave ? INLINE_MS : SLOWEST_RUN_MS);
    const fast = measured.runMs <= INLINE_MS && this.form.file.bytes <= INLINE_BYTES;
    const stays = mode !== "auto" || fast === (lanes.kind === "inline");
    if (stays) return this.settle(lanes, measured);
    const other = lanes.kind === "inline" ? await this.openWorker() : await this.openInline();
    try {
      const again = await this.measureOn(other.lanes, feeds, fetches, SLOWEST_RUN_MS);
      await lanes.close();
      return await this.settle(other.lanes, again);
    } catch (error) {
      await other.lanes.close();
      throw error;
    }
  }

  /** Opens workers for a model that is slow on the main thread, unless they are fast with the same run. */
  private async leave({ feeds, fetches, requests }: ObservedRun, current: Decision): Promise<Decision | undefined> {
    const { lanes } = await this.openWorker();
    try {
      const measured = await this.measureOn(lanes, feeds, fetches, 0);
      if (measured.runMs > INLINE_MS * requests) {
        const timed = current.batches.joins ? [{ rows: measured.rows, ms: measured.runMs }] : [];
        return await this.settle(lanes, { ...measured, timed });
      }
    } catch (error) {
      await lanes.close();
      throw error;
    }
    await lanes.close();
    return undefined;
  }

  private measureOn(lanes: Lanes, feeds: Feeds, fetches: Fetches, slowestRunMs: number): Promise<Measured> {
    const lane = lanes.any();
    if (lane === undefined) throw lanes.broken ?? new Error("its worker has just ended");
    const longestBatchMs = lanes.kind === "inline" ? INLINE_BATCH_MS : WORKER_BATCH_MS;
    return measure({ lane, feeds, fetches, joined: this.joined, longestBatchMs, slowestRunMs });
  }

  private async settle(lanes: Lanes, measured: Measured): Promise<Decision> {
    const { workers, intraOpNumThreads } = this.sizing();
    if (lanes instanceof WorkerPool) await lanes.grow(workers);
    const decision = { lanes, batches: this.limitFor(measured), intraOpNumThreads };
    this.report(decision, measured);
    return decision;
  }

  private limitFor({ timed, longestBatchMs, unbatchable }: Measured): BatchLimit {
    const { maxBatchRows } = this.settings;
    if (this.joined === undefined || unbatchable !== undefined) return BatchLimit.fixed(1);
    if (maxBatchRows !== undefined) return BatchLimit.fixed(maxBatchRows);
    return timed.length === 0 ? BatchLimit.fixed(1) : BatchLimit.measured(timed, longestBatchMs);
  }

  private report({ lanes, batches, intraOpNumThreads }: Decision, { runMs, rows, unbatchable }: Measured): void {
    const { log, predictor, model } = this.context;
    if (unbatchable !== undefined) this.joins?.forbid(unbatchable);
    log.info("execution", {
      predictor,
      model,
      mode: lanes.kind,
      workers: lanes.workers,
      intraOpNumThreads,
      maxBatchRows: batches.rows,
      vcpus: this.vcpus,
      exampleRows: rows,
      runMs: round(runMs),
      gain: round(batches.gain),
    });
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
