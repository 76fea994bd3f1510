import type { LoadContext, PlatformTraits } from "@tricast/core/adapter";
import { type LoadOptions, loadModel } from "./load.ts";
import type { ModelFile } from "./locate.ts";
import type { AnyLoadedModel } from "./model.ts";

/**
 * Files over this load in a later turn of the event loop, so that Lambda's 10 s limit on the init phase does not meet
 * a model that takes longer to read (AWS Lambda developer guide, "Lambda execution environment").
 */
const SYNCHRONOUS_BYTES = 2 ** 30;

/** Loads a model for the host it is on: to be run as it is called, or by way of lanes and batches. */
export function openModel(
  file: ModelFile,
  options: LoadOptions,
  context: LoadContext,
): AnyLoadedModel | Promise<AnyLoadedModel> {
  if (isExecuted(options, context.platform)) return execute(file, options, context);
  return file.bytes > SYNCHRONOUS_BYTES ? loadLater(file, options, context) : loadModel(file, options, context);
}

function isExecuted({ execution }: LoadOptions, { servesMany }: PlatformTraits): boolean {
  if (execution?.mode === "workers" || execution?.workers !== undefined) return true;
  return servesMany?.() ?? false;
}

/**
 * The one import of all that runs take which may wait. A build for hosts that serve one request at a time puts
 * left-out.ts in its place.
 */
async function execute(file: ModelFile, options: LoadOptions, context: LoadContext): Promise<AnyLoadedModel> {
  const { executeModel } = await import("./execution/execute.ts");
  return executeModel(file, options, context, loadModel);
}

function loadLater(file: ModelFile, options: LoadOptions, context: LoadContext): Promise<AnyLoadedModel> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(loadModel(file, options, context));
      } catch (error) {
        reject(error);
      }
    });
  });
}
