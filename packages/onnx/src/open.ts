import type { LoadContext, Platform } from "@tricast/core";
import { type LoadOptions, loadModel } from "./load.ts";
import type { ModelFile } from "./locate.ts";
import type { AnyLoadedModel } from "./model.ts";

/**
 * Files over this load in a later turn of the event loop, so that Lambda's 10 s limit on the init phase does not meet
 * a model that takes longer to read (AWS Lambda developer guide, "Lambda execution environment").
 */
const SYNCHRONOUS_BYTES = 2 ** 30;

/** One instance of these answers many requests at a time. */
const SERVES_MANY: readonly Platform[] = ["server", "cloud-functions", "azure-functions"];

/** Loads a model for the host it is on: to be run as it is called, or by way of lanes and batches. */
export function openModel(
  file: ModelFile,
  options: LoadOptions,
  context: LoadContext,
): AnyLoadedModel | Promise<AnyLoadedModel> {
  if (isExecuted(options, context.platform)) return execute(file, options, context);
  return file.bytes > SYNCHRONOUS_BYTES ? loadLater(file, options, context) : loadModel(file, options, context);
}

function isExecuted({ execution }: LoadOptions, platform: Platform): boolean {
  if (execution?.mode === "workers" || execution?.workers !== undefined) return true;
  return SERVES_MANY.includes(platform) || isManagedInstance();
}

/** Lambda Managed Instances make worker threads of their own, each of which is given many requests at a time. */
export function isManagedInstance(): boolean {
  return process.env.AWS_LAMBDA_INITIALIZATION_TYPE === "lambda-managed-instances";
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
