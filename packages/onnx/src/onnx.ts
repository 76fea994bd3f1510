import { TricastError } from "@tricast/core";
import type { LoadContext, ModelSource } from "@tricast/core/adapter";
import { callerFile } from "./call-site.ts";
import type { ExecutionStats } from "./execution/stats.ts";
import type { LoadOptions } from "./load.ts";
import { locate, modelVariable, searchContext, toFilePath } from "./locate.ts";
import { describe } from "./metadata.ts";
import { type AnyLoadedModel, LoadedModel, type OnnxModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { checkOptions, type OnnxOptions } from "./options.ts";
import {
  DEFAULT_RECHECK_MS,
  disposeStored,
  isStored,
  loadStored,
  locateStored,
  servedVersions,
  updateStored,
} from "./remote.ts";
import { describeServed, zeroCode } from "./zero-code/zero-code.ts";

/**
 * An ONNX model file, in ONNX or ORT format.
 *
 * A relative path is looked for beside the file that calls `onnx()`, in the layer folders (`/opt/tricast/models`,
 * `/opt/models`), and in the working folder. For a folder, the single model in it is loaded, or its `model.onnx`.
 * `TRICAST_MODEL_<NAME>` in the environment (the predictor's name in capitals with underscores) sets another path.
 *
 * Where an instance serves one request at a time, loading is synchronous, so that it happens in the platform's init
 * phase. Files over 1 GiB load in a later turn of the event loop. Where an instance serves many requests, models load in
 * worker threads, and requests may wait and share runs: see {@link OnnxOptions.execution}.
 *
 * A model in a store (`s3://bucket/models/iris@prod`, `gs://`, `az://`, `https://`, or a local `models/iris@prod`) is
 * fetched through the optional package `@tricast/store` and checked against its digests. Its alias is checked every
 * `store.recheckMs`: a new version takes over between requests.
 *
 * @param uri A path, a store's address, or a `file:` URL as a string or an object.
 * @throws {TricastError} `invalid-option` for an unknown option, value or scheme.
 * Loading throws `model-not-found`, `model-invalid`, `missing-dependency`, and for stores the errors of `fetchModel`.
 * @example
 * export default definePredictor({ name: "iris", model: onnx("models/iris.onnx") });
 */
export function onnx(uri: string | URL, options?: OnnxOptions): ModelSource<OnnxModel> {
  const caller = callerFile(onnx);
  const address = String(uri);
  if (!isStored(address)) toFilePath(address);
  if (options !== undefined) checkOptions(options);
  const loadOptions: LoadOptions = {
    session: options?.session,
    nonFinite: options?.nonFinite ?? "allow",
    execution: options?.execution,
    batching: options?.batching,
    store: options?.store,
  };
  let stored = false;
  let loads = 0;
  return {
    uri: address,
    load(context: LoadContext) {
      const search = searchContext(context.predictor, context.model, caller);
      const wanted = search.env[modelVariable(search)] || address;
      stored = isStored(wanted);
      if (stored) {
        const { callerFolder, workingFolder } = search;
        return loadStored(locateStored(wanted, callerFolder, workingFolder), loadOptions, context, loads++ > 0);
      }
      return openModel(locate(address, search), loadOptions, context);
    },
    dispose: disposeStored,
    describe: (model) => describeServed(model) ?? describe(model.inputs, model.outputs),
    stats: (model) => numbersOf(executionStats(model)),
    zeroCode: (model) => zeroCode(ours(model)),
    served: servedVersions,
    // Known after the load: the environment may set another address than the code.
    get recheckMs() {
      const recheckMs = options?.store?.recheckMs ?? DEFAULT_RECHECK_MS;
      return stored && recheckMs !== 0 ? recheckMs : undefined;
    },
    update: (model, context) => updateStored(model, loadOptions, context),
  };
}

/** How a model runs; `undefined` where runs are synchronous, and for models of other sources. */
export function executionStats(model: OnnxModel): ExecutionStats | undefined {
  return model instanceof LoadedModel ? model.stats() : undefined;
}

function numbersOf(stats: ExecutionStats | undefined): Readonly<Record<string, number>> {
  if (stats === undefined) return {};
  const { mode: _mode, ...numbers } = stats;
  return numbers;
}

function ours(model: OnnxModel): AnyLoadedModel {
  if (model instanceof LoadedModel) return model;
  throw new TricastError(
    "invalid-definition",
    "serving without predict needs the model that its own onnx() source loaded",
  );
}
