import { type LoadContext, type ModelSource, TricastError } from "@tricast/core";
import { callerFile } from "./call-site.ts";
import { type LoadOptions, loadModel } from "./load.ts";
import { locate, type ModelFile, searchContext, toFilePath } from "./locate.ts";
import { describe } from "./metadata.ts";
import { LoadedModel, type OnnxModel } from "./model.ts";
import { checkOptions, type OnnxOptions } from "./options.ts";
import { zeroCode } from "./zero-code/zero-code.ts";

/**
 * Files over this load in a later turn of the event loop, so that Lambda's 10 s limit on the init phase does not meet
 * a model that takes longer to read (AWS Lambda developer guide, "Lambda execution environment").
 */
const SYNCHRONOUS_BYTES = 2 ** 30;

/**
 * An ONNX model file, in ONNX or ORT format.
 *
 * A relative path is looked for beside the file that calls `onnx()`, in the layer folders (`/opt/tricast/models`,
 * `/opt/models`), and in the working folder; a folder stands for the single model in it, or its `model.onnx`.
 * `TRICAST_MODEL_<NAME>` in the environment, the predictor's name in capitals with underscores, names another place.
 *
 * Loading is synchronous, so that it happens in the platform's init phase; files over 1 GiB load in a later turn of
 * the event loop.
 *
 * @param uri A path, or a `file:` URL as text or as an object.
 * @throws {TricastError} `invalid-option` for an unknown option or value; `missing-dependency` for a remote address.
 * Loading throws `model-not-found`, `model-invalid` or `missing-dependency`.
 * @example
 * export default definePredictor({ name: "iris", model: onnx("models/iris.onnx") });
 */
export function onnx(uri: string | URL, options?: OnnxOptions): ModelSource<OnnxModel> {
  const caller = callerFile(onnx);
  const address = String(uri);
  toFilePath(address);
  if (options !== undefined) checkOptions(options);
  const loadOptions: LoadOptions = { session: options?.session, nonFinite: options?.nonFinite ?? "allow" };
  return {
    uri: address,
    load(context: LoadContext) {
      const file = locate(address, searchContext(context.predictor, context.model, caller));
      return file.bytes > SYNCHRONOUS_BYTES
        ? loadLater(file, loadOptions, context)
        : loadModel(file, loadOptions, context);
    },
    dispose: (model) => model.close(),
    describe: (model) => describe(model.inputs, model.outputs),
    zeroCode: (model) => zeroCode(ours(model), options?.batching ?? "auto"),
  };
}

function loadLater(file: ModelFile, options: LoadOptions, context: LoadContext): Promise<OnnxModel> {
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

function ours(model: OnnxModel): LoadedModel {
  if (model instanceof LoadedModel) return model;
  throw new TricastError("invalid-definition", "zero-code serving takes the model its own onnx() source loaded");
}
