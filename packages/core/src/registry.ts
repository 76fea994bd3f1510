import type { ModelSource } from "./model/source.ts";
import type { Tracer } from "./trace.ts";

/** One model that this process holds or is loading. */
export interface CachedModel {
  users: number;
  /** The model, once there is one. */
  value: { readonly model: unknown; readonly loadMs: number } | undefined;
  /** Single flight: the one load that everybody waits for. */
  loading: Promise<{ readonly model: unknown; readonly loadMs: number }> | undefined;
}

/** What one process shares however many copies of this file it holds (a bundle and a layer may each carry one). */
export interface Registry {
  /** Ids of instances are compared to count distinct instances; nothing secret hangs on them. */
  readonly instance: string;
  /** Whether any invocation, ping or traffic, has reached this instance. */
  invoked: boolean;
  readonly modelsByKey: Map<string, CachedModel>;
  readonly modelsBySource: WeakMap<object, CachedModel>;
  /** The source that stands for a predictor's `load` function. */
  tracer: Tracer | undefined;
  readonly sourcesByLoad: WeakMap<() => unknown, ModelSource<unknown>>;
  /** Seconds of `process.uptime()` at which the first core was imported: what came before is the platform's and the bundle's. */
  readonly importedAt: number;
}

const SLOT = Symbol.for("tricast");

export function registry(): Registry {
  const shared = globalThis as { [SLOT]?: Registry };
  shared[SLOT] ??= {
    instance: randomId(),
    invoked: false,
    modelsByKey: new Map(),
    modelsBySource: new WeakMap(),
    tracer: undefined,
    sourcesByLoad: new WeakMap(),
    importedAt: process.uptime(),
  };
  return shared[SLOT];
}

/** 16 letters and digits. Not node:crypto: importing it costs a millisecond at start. */
function randomId(): string {
  const half = () => Math.random().toString(36).slice(2, 10).padEnd(8, "0");
  return half() + half();
}
