import { isTricastError, TricastError } from "../errors.ts";
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
    if (this.state === "closed")
      throw new TricastError("shutting-down", "This instance is stopping", { retryAfterSeconds: 1 });
    if (this.state === "cold" || (this.state === "failed" && Date.now() >= this.retryAt)) await this.begin();
    else if (this.attempt !== undefined) await this.attempt;
    if (this.ready !== undefined) return this.ready;
    throw this.failureToReport();
  }

  async close(): Promise<void> {
    const held = this.ready !== undefined;
    this.state = "closed";
    this.ready = undefined;
    if (held) await Promise.all(this.sources.map(([, source]) => releaseModel(source)));
  }

  private begin(): Promise<void> {
    this.state = "loading";
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
      this.state = "warming";
      this.timings.loadMs = performance.now() - started;
      await this.warm(models);
      this.timings.warmMs = performance.now() - started - this.timings.loadMs;
      this.becomeReady(models);
    } catch (error) {
      this.fail(error);
    }
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
        return result.status === "fulfilled" && source !== undefined ? releaseModel(source) : undefined;
      }),
    );
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
      await Promise.all(this.sources.map(([, source]) => releaseModel(source)));
      const why = error instanceof Error ? error.message : String(error);
      throw new TricastError(
        "warmup-failed",
        `The first example of "${this.predictor.definition.name}" failed: ${why}`,
        {
          cause: error,
        },
      );
    }
  }

  private becomeReady(models: LoadedModels): void {
    if (this.state === "closed") {
      for (const [, source] of this.sources) void releaseModel(source);
      return;
    }
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
    if (this.state !== "closed") this.state = "failed";
    this.log.error(this.failure.message, {
      predictor: this.predictor.definition.name,
      code: this.failure.code,
      attempt: this.failures,
      retryInMs: backoffMs,
      error: this.failure,
    });
  }

  private failureToReport(): TricastError {
    const failure = this.failure ?? new TricastError("shutting-down", "This instance is stopping");
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
const loadSources = new WeakMap<() => unknown, ModelSource<unknown>>();

function fromLoad(load: () => unknown): ModelSource<unknown> {
  const known = loadSources.get(load);
  if (known !== undefined) return known;
  const source: ModelSource<unknown> = { uri: "load()", load: () => load() };
  loadSources.set(load, source);
  return source;
}

function asLoadError(error: unknown, predictor: string): TricastError {
  if (isTricastError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new TricastError("model-load-failed", `Loading the model of "${predictor}" failed: ${why}`, { cause: error });
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
