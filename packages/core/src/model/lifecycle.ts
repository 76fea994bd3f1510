import { now } from "../clock.ts";
import { isKnownError, messageOf, TricastError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import type { Logger } from "../log.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import { registry } from "../registry.ts";
import type { LoadedModels, ServiceState } from "../seam.ts";
import { currentTracer } from "../tracer.ts";
import { acquireModel, type Loaded, releaseModel } from "./cache.ts";
import { Generation, Part, type View, versionsOf } from "./generation.ts";
import type { LoadContext, ModelSource } from "./source.ts";
import { sourcesOf } from "./sources.ts";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * `cold -> loading -> warming -> ready`, or `failed`: a request after the backoff tries again.
 * One attempt runs at a time, for all requests that wait.
 */
export class Lifecycle {
  state: ServiceState = "cold";
  /** Set exactly while `state` is `ready`. */
  ready: Generation | undefined;
  timings = { loadMs: 0, warmMs: 0 };
  failure: TricastError | undefined;
  private attempt: Promise<void> | undefined;
  private failures = 0;
  private retryAt = 0;
  private readonly sources: readonly [key: string, source: ModelSource<unknown>][];
  private readonly predictor: AnyPredictor;
  private readonly platform: Platform;
  private readonly log: Logger;
  private readonly warmUp: (view: View) => Promise<void>;
  private readonly refused = new Set<string>();
  private recheckTimer: NodeJS.Timeout | undefined;

  /** `warmUp` predicts examples with the models and rejects when one fails. */
  constructor(predictor: AnyPredictor, platform: Platform, log: Logger, warmUp: (view: View) => Promise<void>) {
    this.predictor = predictor;
    this.platform = platform;
    this.log = log;
    this.warmUp = warmUp;
    this.sources = sourcesOf(predictor);
  }

  /** Starts the first attempt, unless there was one. Never rejects: the error is kept in `failure`. */
  start(): Promise<void> {
    if (this.state !== "cold") return this.attempt ?? Promise.resolve();
    return this.begin();
  }

  /**
   * The models; loads them first if needed.
   * @throws {TricastError} the failure of the last attempt, with `retryAfterSeconds`, or `shutting-down`.
   */
  async generation(): Promise<Generation> {
    if (this.state === "closed") throw shuttingDown();
    if (this.state === "cold" || (this.state === "failed" && Date.now() >= this.retryAt)) await this.begin();
    else if (this.attempt !== undefined) await this.attempt;
    if (this.ready !== undefined) return this.ready;
    throw this.failureToReport();
  }

  /** The models for code that keeps them: see {@link Lifecycle.generation}. */
  async models(): Promise<LoadedModels> {
    const { model, models } = (await this.generation()).handOut("");
    return { model, models };
  }

  /** Never rejects: an error of `dispose` is logged. A load in progress releases its models when it ends. */
  async close(): Promise<void> {
    const { ready } = this;
    this.state = "closed";
    this.ready = undefined;
    clearTimeout(this.recheckTimer);
    await ready?.release();
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
    const started = now();
    const attributes = { "tricast.predictor": this.predictor.definition.name };
    const span = currentTracer()?.startSpan({ name: "load", kind: "internal", attributes });
    try {
      const acquired = this.acquireAll();
      const generation = new Generation(this.predictor, isPromise(acquired) ? await acquired : acquired);
      this.enter("warming");
      this.timings.loadMs = now() - started;
      await this.warm(generation);
      this.timings.warmMs = now() - started - this.timings.loadMs;
      span?.end();
      if (this.state === "closed") await generation.release();
      else this.becomeReady(generation);
    } catch (error) {
      const { code } = this.fail(error);
      span?.end({ error: code, failed: true });
    }
  }

  /** A closed instance stays closed. */
  private enter(state: ServiceState): void {
    if (this.state !== "closed") this.state = state;
  }

  /** Synchronous if every source is, so that the load runs in the platform's init phase. */
  private acquireAll(): Part[] | Promise<Part[]> {
    const pending: (Loaded<unknown> | Promise<Loaded<unknown>>)[] = [];
    try {
      for (const [key, source] of this.sources) pending.push(acquireModel(source, this.contextOf(key)));
    } catch (error) {
      void this.releaseAcquired(pending);
      throw error;
    }
    if (!pending.some(isPromise)) return this.toParts(pending as Loaded<unknown>[]);
    return Promise.all(pending).then(
      (loaded) => this.toParts(loaded),
      async (error: unknown) => {
        await this.releaseAcquired(pending);
        throw error;
      },
    );
  }

  private contextOf(key: string): LoadContext {
    const { definition } = this.predictor;
    return { predictor: definition.name, model: key, platform: this.platform, log: this.log, definition };
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

  private release(source: ModelSource<unknown>): Promise<void> {
    return this.disposing(source, () => releaseModel(source));
  }

  private async disposing(source: ModelSource<unknown>, dispose: () => unknown): Promise<void> {
    try {
      await dispose();
    } catch (error) {
      this.log.error(`Disposing of ${source.uri} failed: ${messageOf(error)}`, { error });
    }
  }

  private toParts(loaded: readonly Loaded<unknown>[]): Part[] {
    return this.sources.map(([key, source], index) => {
      const { model } = loaded[index] as Loaded<unknown>;
      return new Part(key, source, model, () => this.release(source));
    });
  }

  private async warm(generation: Generation): Promise<void> {
    try {
      for (const view of generation.everyView()) await this.warmUp(view);
    } catch (error) {
      await generation.release();
      const what = `Warming up "${this.predictor.definition.name}" failed: ${messageOf(error)}`;
      throw new TricastError("warmup-failed", what, { cause: error });
    }
  }

  private becomeReady(generation: Generation): void {
    this.state = "ready";
    this.ready = generation;
    this.scheduleRecheck();
    this.failure = undefined;
    this.failures = 0;
    this.log.info("ready", {
      predictor: this.predictor.definition.name,
      instance: registry().instance,
      version: generation.view("").version,
      beforeImportMs: round(registry().importedAt * 1000),
      loadMs: round(this.timings.loadMs),
      warmMs: round(this.timings.warmMs),
    });
  }

  /** Spread over a fifth of the interval, so that instances started together do not ask together. */
  private scheduleRecheck(): void {
    const intervals = this.sources.map(([, { recheckMs }]) => recheckMs).filter((ms) => ms !== undefined);
    if (intervals.length === 0) return;
    const delayMs = Math.min(...intervals) * (0.9 + 0.2 * Math.random());
    this.recheckTimer = setTimeout(() => void this.recheck(), delayMs);
    this.recheckTimer.unref();
  }

  private async recheck(): Promise<void> {
    const current = this.ready;
    if (current === undefined) return;
    const parts = await Promise.all(current.parts.map((part) => this.newerPart(part)));
    if (parts.some((part, index) => part !== current.parts[index])) await this.swap(current, parts);
    if (this.ready !== undefined) this.scheduleRecheck();
  }

  /** The part to serve from now on: a newer one, or the same if none exists or it cannot be loaded. */
  private async newerPart(part: Part): Promise<Part> {
    const { key, source, model } = part;
    if (source.update === undefined) return part;
    try {
      const newer = await source.update(model, { ...this.contextOf(key), refused: this.refused });
      if (newer === undefined) return part;
      return new Part(key, source, newer, () => this.disposing(source, () => source.dispose?.(newer)));
    } catch (error) {
      const code = isKnownError(error) ? error.code : undefined;
      this.log.warn(`Looking for a newer ${source.uri} failed: ${messageOf(error)}; the old one keeps serving`, {
        code,
        error,
      });
      return part;
    }
  }

  /** Loads and warms the new models beside the old ones, and then sends them the requests. */
  private async swap(current: Generation, parts: readonly Part[]): Promise<void> {
    const next = new Generation(this.predictor, parts);
    const change = { predictor: this.predictor.definition.name, from: namesOf(current.parts), to: namesOf(parts) };
    try {
      await this.warm(next);
    } catch (error) {
      for (const part of parts) if (!current.parts.includes(part)) this.refuse(part);
      this.log.error(`The new version was refused: ${messageOf(error)}; the old one keeps serving`, {
        ...change,
        error,
      });
      return;
    }
    if (this.ready !== current) {
      await next.release();
      return;
    }
    this.ready = next;
    current.retire();
    this.log.info("updated", change);
  }

  private refuse(part: Part): void {
    for (const { version } of versionsOf(part)) if (version !== undefined) this.refused.add(version);
  }

  private fail(error: unknown): TricastError {
    this.failures++;
    const failure = asLoadError(error, this.predictor.definition.name);
    this.failure = failure;
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.failures - 1));
    this.retryAt = Date.now() + backoffMs;
    this.enter("failed");
    this.log.error(failure.message, {
      predictor: this.predictor.definition.name,
      code: failure.code,
      attempt: this.failures,
      retryInMs: backoffMs,
      error: failure,
    });
    return failure;
  }

  private failureToReport(): TricastError {
    if (this.state === "closed" || this.failure === undefined) return shuttingDown();
    const { failure } = this;
    const retryAfterSeconds = Math.max(1, Math.ceil((this.retryAt - Date.now()) / 1000));
    return new TricastError(failure.code, failure.message, { cause: failure.cause, retryAfterSeconds });
  }
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

function namesOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => versionsOf(part).map(({ version }) => version ?? part.source.uri)).join(", ");
}
