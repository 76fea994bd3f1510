import type { AnyPredictor } from "@tricast/core";
import type { Service } from "@tricast/core/adapter";

/** One version of one model, loaded or loading. */
export interface ServedModel {
  /** The name in routes: the predictor's own name, or the name of its file or folder. */
  readonly name: string;
  /** The predictor's version, or the name of its folder. */
  readonly version: string;
  readonly service: Service;
  readonly predictor: AnyPredictor;
}

/** One version that the host knows, loaded or not, for indexes of a repository. */
export interface ModelEntry {
  readonly name: string;
  readonly version: string;
  readonly state: "unloaded" | "loading" | "ready" | "failed";
  /** Code of the last error, if `state` is `failed`. */
  readonly code: string | undefined;
}
