import type { AnyPredictor } from "@tricast/core";
import type { Service } from "@tricast/core/adapter";

/** One version of one model, loaded or loading. */
export interface ServedModel {
  /** In routes. A predictor's own name, or the name of its file or folder. */
  readonly name: string;
  /** The predictor's version, or the name of its folder. */
  readonly version: string;
  readonly service: Service;
  readonly predictor: AnyPredictor;
}

/** One version that the host knows of, loaded or not, as repository indexes list it. */
export interface ModelEntry {
  readonly name: string;
  readonly version: string;
  readonly state: "unloaded" | "loading" | "ready" | "failed";
  /** Code of the failure, where it has failed. */
  readonly code: string | undefined;
}
