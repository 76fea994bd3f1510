// Replaces execute.ts in builds for hosts that serve one request at a time.
import type { LoadContext } from "@tricast/core/adapter";
import type { LoadOptions, loadModel } from "../load.ts";
import type { ModelFile } from "../locate.ts";
import type { AnyLoadedModel } from "../model.ts";
import type * as Execute from "./execute.ts";

/**
 * Loads the model for synchronous runs, with any options. The loading function is a parameter, so that this file imports
 * nothing: a bundler wraps modules that only this file's dynamic import reaches, which makes the start slower.
 */
export async function executeModel(
  file: ModelFile,
  options: LoadOptions,
  context: LoadContext,
  load: typeof loadModel,
): Promise<AnyLoadedModel> {
  context.log.warn(
    `${file.path}: execution options are ignored, because this bundle was built for a host that serves one request at a time; to use them, build for another target`,
  );
  return load(file, options, context);
}

/** The replacement must have the same names and types. */
type Same<T extends typeof Execute> = T;
export type LeftOut = Same<typeof import("./left-out.ts")>;
