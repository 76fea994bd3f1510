import type { ModelSource } from "./model/source.ts";
import type { Tracer } from "./trace.ts";

/** A model that this process has loaded or is loading. */
export interface CachedModel {
  users: number;
  /** The model, once it is loaded. */
  value: { readonly model: unknown; readonly loadMs: number } | undefined;
  /** The load in flight, which all requests share. */
  loading: Promise<{ readonly model: unknown; readonly loadMs: number }> | undefined;
}

/** State that a process shares between all copies of this file (a bundle and a layer may each contain one). */
export interface Registry {
  /** Compared to count distinct instances; not a secret. */
  readonly instance: string;
  /** Whether any invocation, ping or traffic, has reached this instance. */
  invoked: boolean;
  readonly modelsByKey: Map<string, CachedModel>;
  readonly modelsBySource: WeakMap<object, CachedModel>;
  tracer: Tracer | undefined;
  /** The source made from a predictor's `load` function. */
  readonly sourcesByLoad: WeakMap<() => unknown, ModelSource<unknown>>;
  /** Seconds of `process.uptime()` at which the first core was imported: the time before belongs to the platform and the bundle. */
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
