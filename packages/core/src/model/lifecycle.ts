import { isKnownError, messageOf, TricastError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { AnyPredictor } from "../predictor.ts";
import { registry } from "../registry.ts";
import type { LoadedModels, Platform } from "../seam.ts";
import { acquireModel, isPromise, type Loaded, releaseModel } from "./cache.ts";
import type { ModelSource } from "./source.ts";

export type LifecycleState = "cold" | "loading" | "warming" | "ready" | "failed" | "closed";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * `cold -> loading -> warming -> ready`, or `failed`, which a later request tries again once the backoff is over.
 * However many requests wait, one attempt runs.
 */
export class Lifecycle {
  state: LifecycleState = "cold";
  /** Set exactly while `state` is `ready`. */
  ready: LoadedModels | undefined;
  timings = { loadMs: 0, warmMs: 0 };
  failure: TricastError | undefined;
  private attempt: Promise<void> | undefined;
  private failures = 0;
  private retryAt = 0;
  private readonly sources: readonly [key: string, source: ModelSource<unknown>][];
  private readonly predictor: AnyPredictor;
  private readonly platform: Platform;
  private readonly log: Logger;
  private readonly warmUp: (models: LoadedModels) => Promise<void>;

  /** `warmUp` predicts one example with the models and rejects when that fails. */
  constructor(
    predictor: AnyPredictor,
    platform: Platform,
    log: Logger,
    warmUp: (models: LoadedModels) => Promise<void>,
  ) {
    this.predictor = predictor;
    this.platform = platform;
    this.log = log;
    this.warmUp = warmUp;
    this.sources = sourcesOf(predictor);
  }

  /** Begins the first attempt, if there was none. Never rejects: the failure is kept in `failure`. */
  start(): Promise<void> {
    if (this.state !== "cold") return this.attempt ?? Promise.resolve();
    return this.begin();
  }

  /**
   * The loaded models, loading them first where needed.
   * @throws {TricastError} the failure of the last attempt, with `retryAfterSeconds`, or `shutting-down`.
   */
  async models(): Promise<LoadedModels> {
    if (this.state === "closed") throw shuttingDown();
    if (this.state === "cold" || (this.state === "failed" && Date.now() >= this.retryAt)) await this.begin();
    else if (this.attempt !== undefined) await this.attempt;
    if (this.ready !== undefined) return this.ready;
    throw this.failureToReport();
  }

  /** Never rejects: a `dispose` that fails is logged. A load under way releases what it gets once it has it. */
  async close(): Promise<void> {
    const held = this.ready !== undefined;
    this.state = "closed";
    this.ready = undefined;
    if (held) await this.releaseAll();
  }

  private begin(): Promise<void> {
    this.enter("loading");
    const attempt = this.load().finally(() => {
      this.attempt = undefined;
    });
    this.attempt = attempt;
    return attempt;
  }

  private async load(): Promise<void> {
    const started = performance.now();
    try {
      const loaded = this.acquireAll();
      const models = isPromise(loaded) ? await loaded : loaded;
      this.enter("warming");
      this.timings.loadMs = performance.now() - started;
      await this.warm(models);
      this.timings.warmMs = performance.now() - started - this.timings.loadMs;
      if (this.state === "closed") await this.releaseAll();
      else this.becomeReady(models);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A closed instance stays closed, whatever was under way. */
  private enter(state: LifecycleState): void {
    if (this.state !== "closed") this.state = state;
  }

  /** Synchronous where every source is, so that the platform's init phase holds the load. */
  private acquireAll(): LoadedModels | Promise<LoadedModels> {
    const pending: (Loaded<unknown> | Promise<Loaded<unknown>>)[] = [];
    try {
      for (const [key, source] of this.sources) {
        const context = {
          predictor: this.predictor.definition.name,
          model: key,
          platform: this.platform,
          log: this.log,
        };
        pending.push(acquireModel(source, context));
      }
    } catch (error) {
      void this.releaseAcquired(pending);
      throw error;
    }
    if (!pending.some(isPromise)) return this.collect(pending as Loaded<unknown>[]);
    return Promise.all(pending).then(
      (loaded) => this.collect(loaded),
      async (error: unknown) => {
        await this.releaseAcquired(pending);
        throw error;
      },
    );
  }

  private async releaseAcquired(pending: readonly (Loaded<unknown> | Promise<Loaded<unknown>>)[]): Promise<void> {
    const settled = await Promise.allSettled(pending);
    await Promise.all(
      settled.map((result, index) => {
        const source = this.sources[index]?.[1];
        return result.status === "fulfilled" && source !== undefined ? this.release(source) : undefined;
      }),
    );
  }

  private async releaseAll(): Promise<void> {
    await Promise.all(this.sources.map(([, source]) => this.release(source)));
  }

  private async release(source: ModelSource<unknown>): Promise<void> {
    try {
      await releaseModel(source);
    } catch (error) {
      this.log.error(`Disposing of ${source.uri} failed: ${messageOf(error)}`, { error });
    }
  }

  private collect(loaded: readonly Loaded<unknown>[]): LoadedModels {
    const models: Record<string, unknown> = {};
    let model: unknown;
    this.sources.forEach(([key], index) => {
      const value = (loaded[index] as Loaded<unknown>).model;
      if (key === MAIN) model = value;
      else models[key] = value;
    });
    return { model, models };
  }

  private async warm(models: LoadedModels): Promise<void> {
    try {
      await this.warmUp(models);
    } catch (error) {
      await this.releaseAll();
      const what = `The first example of "${this.predictor.definition.name}" failed: ${messageOf(error)}`;
      throw new TricastError("warmup-failed", what, { cause: error });
    }
  }

  private becomeReady(models: LoadedModels): void {
    this.state = "ready";
    this.ready = models;
    this.failure = undefined;
    this.failures = 0;
    this.log.info("ready", {
      predictor: this.predictor.definition.name,
      instance: registry().instance,
      beforeImportMs: round(registry().importedAt * 1000),
      loadMs: round(this.timings.loadMs),
      warmMs: round(this.timings.warmMs),
    });
  }

  private fail(error: unknown): void {
    this.failures++;
    this.failure = asLoadError(error, this.predictor.definition.name);
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.failures - 1));
    this.retryAt = Date.now() + backoffMs;
    this.enter("failed");
    this.log.error(this.failure.message, {
      predictor: this.predictor.definition.name,
      code: this.failure.code,
      attempt: this.failures,
      retryInMs: backoffMs,
      error: this.failure,
    });
  }

  private failureToReport(): TricastError {
    if (this.state === "closed" || this.failure === undefined) return shuttingDown();
    const { failure } = this;
    const retryAfterSeconds = Math.max(1, Math.ceil((this.retryAt - Date.now()) / 1000));
    return new TricastError(failure.code, failure.message, { cause: failure.cause, retryAfterSeconds });
  }
}

/** The key that `model` and `load` go by. */
const MAIN = "model";

function sourcesOf({ definition }: AnyPredictor): [string, ModelSource<unknown>][] {
  const sources: [string, ModelSource<unknown>][] = [];
  if (definition.model !== undefined) sources.push([MAIN, definition.model]);
  if (definition.load !== undefined) sources.push([MAIN, fromLoad(definition.load)]);
  for (const [key, source] of Object.entries(definition.models ?? {})) {
    sources.push([key, source as ModelSource<unknown>]);
  }
  return sources;
}

/** One source per `load` function, so that services of one predictor share what it loaded. */
function fromLoad(load: () => unknown): ModelSource<unknown> {
  const { sourcesByLoad } = registry();
  const known = sourcesByLoad.get(load);
  if (known !== undefined) return known;
  const source: ModelSource<unknown> = { uri: "load()", load: () => load() };
  sourcesByLoad.set(load, source);
  return source;
}

export function shuttingDown(): TricastError {
  return new TricastError("shutting-down", "This instance is stopping", { retryAfterSeconds: 1 });
}

function asLoadError(error: unknown, predictor: string): TricastError {
  if (isKnownError(error)) return error;
  const what = `Loading the model of "${predictor}" failed: ${messageOf(error)}`;
  return new TricastError("model-load-failed", what, { cause: error });
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
