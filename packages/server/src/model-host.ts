import type { LeftOut } from "./hosts/folder/left-out.ts";
import type { ModelEntry, ServedModel } from "./served-model.ts";

/** The models of a server. */
export interface ModelHost {
  /** Every loaded or loading model in its default version, by name. */
  list(): readonly ServedModel[];
  /**
   * Finds a model. Default for `version`: the version of the alias `prod` or `latest`, else the newest. If the host knows
   * aliases, `version` may be an alias, and `name` may be `NAME@ALIAS`.
   * @throws {TricastError} `not-found`, with the known names.
   */
  find(name: string, version?: string): ServedModel;
  /** The loaded versions of a model, oldest first; empty for an unknown model. */
  versions(name: string): readonly string[];
  /** Every known version, loaded or not. */
  index(): Promise<readonly ModelEntry[]>;
  /** Files and folders that the host does not serve, with reasons. Absent if the host has no folder. */
  readonly leftOut?: readonly LeftOut[];
  /** Whether every model that should be served is loaded and warm, and the server is not stopping. Synchronous and cheap. */
  readonly ready: boolean;
  /**
   * Retries failed loads whose pause is over. Readiness probes call this, because an instance that is not ready gets no
   * other request.
   */
  retryFailed(): void;
  /** Whether `load` and `unload` are supported. */
  readonly canLoad: boolean;
  /**
   * Loads a model by name and warms it. Without `path`, a loaded model is loaded again; with `path`, it is refused.
   * @param path The folder of the model, if the platform put it there. Must be below the host's own root.
   * @throws {TricastError} `already-loaded`, `no-memory`, `not-found`, `not-implemented`, or the error of the load.
   */
  load(name: string, path?: string): Promise<ServedModel>;
  /**
   * Takes no new requests for the model, waits for requests in flight, and releases it.
   * @throws {TricastError} `not-found`, `not-implemented`.
   */
  unload(name: string): Promise<void>;
}

/** Whether the host has one predictor from start to end, whose routes need no name. */
export function isSole(host: ModelHost): boolean {
  return !host.canLoad && host.list().length === 1;
}

/** Counts a load that a host has finished. */
export type LoadCounter = (model: ServedModel, outcome: "ready" | "failed") => void;

/** A host and its life, which the server controls. */
export interface RunnableHost extends ModelHost {
  /** Loads and warms the models. Never rejects: failures are logged, and {@link ModelHost.retryFailed} retries them. */
  start(count: LoadCounter): Promise<void>;
  /** Makes the host not ready. It still answers requests. */
  withdraw(): void;
  /** Waits for requests in flight, then releases all models. */
  close(): Promise<void>;
}
