import type { ModelEntry, ServedModel } from "./served-model.ts";

export interface LoadOptions {
  /** Where the model is, for hosts whose platform puts models into place. Checked against the host's own root. */
  readonly path?: string | undefined;
}

/** What is served. */
export interface ModelHost {
  /** Every loaded or loading model in its default version, by name. */
  list(): readonly ServedModel[];
  /**
   * Without a version the one that is served by default: the newest, or what an alias says. `version` may be an alias
   * where the host knows some, and `name` then `NAME@ALIAS`.
   * @throws {TricastError} `not-found`, naming what there is.
   */
  find(name: string, version?: string): ServedModel;
  /** The versions of a model that are loaded, oldest first; empty where there is no such model. */
  versions(name: string): readonly string[];
  /** Every version that is known, loaded or not. */
  index(): Promise<readonly ModelEntry[]>;
  /** Whether every model that should be served is loaded and warm, and the server is not stopping. Synchronous and cheap. */
  readonly ready: boolean;
  /** Begins again what failed to load, where its pause is over. Called by readiness probes, as no request may come before. */
  retryFailed(): void;
  /** Whether `load` and `unload` do anything. */
  readonly canLoad: boolean;
  /**
   * Loads a model by name and warms it. With `path`, a name that is loaded already is refused; without, it is loaded anew.
   * @throws {TricastError} `already-loaded`, `no-memory`, `not-found`, `not-implemented`, or what loading failed with.
   */
  load(name: string, options?: LoadOptions): Promise<ServedModel>;
  /**
   * Takes no new requests for the model, waits for those it has, and releases it.
   * @throws {TricastError} `not-found`, `not-implemented`.
   */
  unload(name: string): Promise<void>;
}

/** Counts the loads that a host has finished. */
export interface LoadCounter {
  loaded(model: ServedModel, outcome: "ready" | "failed"): void;
}

/** A host as the server itself runs it. */
export interface RunnableHost extends ModelHost {
  /** Loads and warms what is to be served. Never rejects: failures are logged, and retried by {@link ModelHost.retryFailed}. */
  start(loads: LoadCounter): Promise<void>;
  /** From now on not ready; requests are still answered. */
  withdraw(): void;
  /** Waits for requests in flight, then releases all models. */
  close(): Promise<void>;
}
