import { TricastError } from "@tricast/core";
import {
  DEFAULT_INSTANCES,
  type Invocation,
  type NamedTensor,
  type ReceivedRequest,
  show,
} from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { fromOutputs } from "./columns/from-outputs.ts";
import { toInstances } from "./columns/to-instances.ts";
import type { InferRequest } from "./infer-request.ts";
import type { InferAnswer } from "./infer-response.ts";
import { columnsOf, isZeroCode, tensorInterface } from "./interface.ts";

/** Where an inference came from, for the pipeline. */
export interface Origin {
  readonly request: ReceivedRequest;
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
  const known = outputs === undefined ? [] : (await tensorInterface(model)).outputs.map(({ name }) => name);
  for (const name of outputs ?? []) if (!known.includes(name)) throw noSuchOutput(name, known);
  const call = { kind: "tensors", tensors, outputs, parameters } as const;
  const { value, version, headers } = await model.service.call(call, request, invocation);
  return { model: model.name, version: version ?? model.version, outputs: value as NamedTensor[], headers };
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
  const call = { kind: "many", inputs, pointer: "/inputs", parameters } as const;
  const { value, version, headers } = await model.service.call(call, request, invocation);
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
    throw noSuchOutput(
      name,
      outputs.map((output) => output.name),
    );
  });
}

function noSuchOutput(name: string, known: readonly string[]): TricastError {
  return new TricastError("invalid-input", `There is no output ${show(name)}; there is ${known.join(", ")}`);
}
