import type { TensorInfo } from "@tricast/core/adapter";
import { getOrAdd } from "../../get-or-add.ts";
import type { ModelHost } from "../../model-host.ts";
import type { ServedModel } from "../../served-model.ts";
import { type Column, columnsOfExample, columnsOfSchema } from "./columns/schema-columns.ts";
import { BARE_INPUT, BARE_OUTPUT } from "./columns/to-instances.ts";

/** The inputs and outputs of a model, as a client that sends tensors sees them. */
export interface TensorInterface {
  readonly platform: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** The inputs and outputs of a predictor with code, as columns over instances. */
export interface ColumnInterface {
  readonly inputs: readonly Column[];
  readonly outputs: readonly Column[];
}

/** Whether the model's own tensors are the interface. */
export function isZeroCode({ predictor }: ServedModel): boolean {
  const { predict, predictBatch } = predictor.definition;
  return predict === undefined && predictBatch === undefined;
}

/** By service. The schemas of a service do not change, and they take longer to make than a prediction. */
const COLUMNS = new WeakMap<object, Promise<ColumnInterface>>();

/** @throws {TricastError} the load's own error, with `retryAfterSeconds`. */
export function columnsOf(model: ServedModel): Promise<ColumnInterface> {
  return getOrAdd(COLUMNS, model.service, () => {
    const made = describeColumns(model);
    // A load that failed is retried, so its error must not be kept.
    made.catch(() => COLUMNS.delete(model.service));
    return made;
  });
}

async function describeColumns({ service, predictor }: ServedModel): Promise<ColumnInterface> {
  const { inputJsonSchema, outputJsonSchema } = await service.describe();
  const inputs = columnsOfSchema(inputJsonSchema, BARE_INPUT);
  const example: unknown = predictor.definition.examples?.[0];
  return {
    inputs: inputs.length > 0 || example === undefined ? inputs : columnsOfExample(example, BARE_INPUT),
    outputs: columnsOfSchema(outputJsonSchema, BARE_OUTPUT),
  };
}

/** @throws {TricastError} the load's own error, with `retryAfterSeconds`. */
export async function tensorInterface(model: ServedModel): Promise<TensorInterface> {
  if (!isZeroCode(model)) return { platform: "tricast_predictor", ...(await columnsOf(model)) };
  const { metadata } = await model.service.describe();
  const { platform = "", inputs = [], outputs = [] } = metadata ?? {};
  // The protocol names platforms `<project>_<format>` (inference_rest.md, platforms).
  return { platform: platform === "onnxruntime" ? "onnx_onnxv1" : platform, inputs, outputs };
}

/**
 * The metadata of a model in the protocol's form, over REST and gRPC.
 * @throws {TricastError} the load's own error, with `retryAfterSeconds`.
 */
export async function describeModel(host: ModelHost, model: ServedModel): Promise<object> {
  const { platform, inputs, outputs } = await tensorInterface(model);
  const tensors = (infos: readonly TensorInfo[]) =>
    infos.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  const versions = host.versions(model.name);
  return { name: model.name, versions, platform, inputs: tensors(inputs), outputs: tensors(outputs) };
}
