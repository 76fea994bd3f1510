import type { LoadContext, PlatformTraits } from "@tricast/core/adapter";
import { type LoadOptions, loadModel } from "./load.ts";
import type { ModelFile } from "./locate.ts";
import type { AnyLoadedModel } from "./model.ts";
import { nextTurn } from "./next-turn.ts";
import { servedOptions } from "./rewrite/served-options.ts";

/**
 * Larger files load in a later turn of the event loop, because reading them may take longer than Lambda's limit of 10 s
 * on the init phase (AWS Lambda developer guide, "Lambda execution environment").
 */
const SYNCHRONOUS_BYTES = 2 ** 30;

/** Loads a model for its host: with synchronous runs, or with lanes and batches. */
export function openModel(file: ModelFile, options: LoadOptions, context: LoadContext): OpenedModel {
  const wanted = servedOptions(file, options, context) ?? options;
  if (isExecuted(wanted, context.platform)) return execute(file, wanted, context);
  return file.bytes > SYNCHRONOUS_BYTES ? loadLater(file, wanted, context) : loadModel(file, wanted, context);
}

function isExecuted({ execution }: LoadOptions, { servesMany }: PlatformTraits): boolean {
  if (execution?.mode === "workers" || execution?.workers !== undefined) return true;
  return servesMany?.() ?? false;
}

/**
 * The only import of the code for runs that may wait. A build for hosts that serve one request at a time replaces
 * execute.ts by left-out.ts.
 */
async function execute(file: ModelFile, options: LoadOptions, context: LoadContext): Promise<AnyLoadedModel> {
  const { executeModel } = await import("./execution/execute.ts");
  return executeModel(file, options, context, loadModel);
}

type OpenedModel = AnyLoadedModel | Promise<AnyLoadedModel>;

async function loadLater(file: ModelFile, options: LoadOptions, context: LoadContext): Promise<AnyLoadedModel> {
  await nextTurn();
  return loadModel(file, options, context);
}
