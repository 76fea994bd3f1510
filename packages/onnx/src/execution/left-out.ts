// What a build puts in the place of execute.ts for hosts that serve one request at a time.
import type { LoadContext } from "@tricast/core/adapter";
import type { LoadOptions, loadModel } from "../load.ts";
import type { ModelFile } from "../locate.ts";
import type { AnyLoadedModel } from "../model.ts";
import type * as Execute from "./execute.ts";

/**
 * Runs are made as they are called, whatever was asked for. What loads the model is given, so that this imports nothing:
 * a bundler wraps everything that is reached by the dynamic import of this file alone, and that is slower to start.
 */
export async function executeModel(
  file: ModelFile,
  options: LoadOptions,
  context: LoadContext,
  load: typeof loadModel,
): Promise<AnyLoadedModel> {
  context.log.warn(
    `${file.path}: runs are made as they are called, since this bundle was built for a host that serves one request at a time`,
  );
  return load(file, options, context);
}

/** The build only swaps the file: what imports it must find the same names and types. */
type Same<T extends typeof Execute> = T;
export type LeftOut = Same<typeof import("./left-out.ts")>;
