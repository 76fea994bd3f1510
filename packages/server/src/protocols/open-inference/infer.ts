import {
  DEFAULT_INSTANCES,
  type InferenceRequest,
  type Invocation,
  isTricastError,
  type NamedTensor,
  show,
  TricastError,
} from "@tricast/core";
import type { ServedModel } from "../../served-model.ts";
import { fromOutputs } from "./columns/from-outputs.ts";
import { toInstances } from "./columns/to-instances.ts";
import type { InferRequest } from "./infer-request.ts";
import type { InferAnswer } from "./infer-response.ts";
import { columnsOf, isZeroCode } from "./interface.ts";

/** Where an inference came from, for the pipeline. */
export interface Origin {
  readonly request: InferenceRequest;
  readonly invocation: Invocation;
}

/**
 * Runs one inference: on the graph's own tensors, or for a predictor with code on the instances they stand for.
 * @throws {TricastError} as `Service.call` does; `invalid-input` for an output that there is not.
 */
export async function infer(
  model: ServedModel,
  { inputs, outputs, parameters }: Pick<InferRequest, "inputs" | "outputs" | "parameters">,
  origin: Origin,
): Promise<InferAnswer> {
  const names = outputs?.map(({ name }) => name);
  return isZeroCode(model)
    ? inferTensors(model, inputs, names, parameters, origin)
    : inferColumns(model, inputs, names, parameters, origin);
}

async function inferTensors(
  model: ServedModel,
  tensors: readonly NamedTensor[],
  outputs: readonly string[] | undefined,
  parameters: InferRequest["parameters"],
  { request, invocation }: Origin,
): Promise<InferAnswer> {
  const { value, version, headers } = await model.service
    .call({ kind: "tensors", tensors, outputs }, request, invocation, { parameters })
    .catch(refuseUnknownOutput);
  return { model: model.name, version: version ?? model.version, outputs: value as NamedTensor[], headers };
}

/** The graph names an output it lacks as a wrong option; over the wire that is the client's mistake, to be read. */
function refuseUnknownOutput(error: unknown): never {
  if (!isTricastError(error) || error.code !== "invalid-option") throw error;
  throw new TricastError("invalid-input", error.message, { cause: error });
}

async function inferColumns(
  model: ServedModel,
  tensors: readonly NamedTensor[],
  names: readonly string[] | undefined,
  parameters: InferRequest["parameters"],
  { request, invocation }: Origin,
): Promise<InferAnswer> {
  const columns = await columnsOf(model);
  const most = model.predictor.definition.limits?.instances ?? DEFAULT_INSTANCES;
  const inputs = toInstances(tensors, columns.inputs, most);
  const call = { kind: "many", inputs, pointer: "/inputs" } as const;
  const { value, version, headers } = await model.service.call(call, request, invocation, { parameters });
  const outputs = fromOutputs(value as readonly unknown[], columns.outputs);
  return {
    model: model.name,
    version: version ?? model.version,
    outputs: names === undefined ? outputs : chooseOutputs(outputs, names),
    headers,
  };
}

function chooseOutputs(outputs: readonly NamedTensor[], names: readonly string[]): readonly NamedTensor[] {
  return names.map((name) => {
    const found = outputs.find((output) => output.name === name);
    if (found !== undefined) return found;
    const known = outputs.map((output) => output.name).join(", ");
    throw new TricastError("invalid-input", `There is no output ${show(name)}; there is ${known}`);
  });
}
