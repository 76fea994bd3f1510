import { TricastError } from "@tricast/core";
import { type Call, type Charge, DEFAULT_INSTANCES, type NamedTensor, show } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { fromOutputs } from "./columns/from-outputs.ts";
import { toInstances } from "./columns/to-instances.ts";
import type { InferRequest } from "./infer-request.ts";
import type { InferAnswer } from "./infer-response.ts";
import { type ColumnInterface, columnsOf, isZeroCode, tensorInterface } from "./interface.ts";

/** The request and invocation of an inference, for the pipeline. */
export type Origin = Pick<RouteCall, "request" | "invocation">;

type Asked = Pick<InferRequest, "inputs" | "outputs" | "parameters">;

/**
 * Runs one inference: on the graph's own tensors, or for a predictor with code on instances made from the tensors.
 * @throws {TricastError} as `Service.call` does; `invalid-input` for an unknown output.
 */
export async function infer(model: ServedModel, asked: Asked, { request, invocation }: Origin): Promise<InferAnswer> {
  const columns = isZeroCode(model) ? undefined : await columnsOf(model);
  const call =
    columns === undefined
      ? await tensorsCall(model, asked)
      : instancesCall(model, asked, { columns, charge: request.charge });
  const { value, version, headers } = await model.service.call(call, request, invocation);
  const outputs =
    columns === undefined
      ? (value as readonly NamedTensor[])
      : chooseOutputs(fromOutputs(value as readonly unknown[], columns.outputs), asked.outputs);
  return { model: model.name, version: version ?? model.version, outputs, headers };
}

async function tensorsCall(model: ServedModel, { inputs, outputs, parameters }: Asked): Promise<Call> {
  const names = outputs?.map(({ name }) => name);
  const known = names === undefined ? [] : (await tensorInterface(model)).outputs.map(({ name }) => name);
  for (const name of names ?? []) if (!known.includes(name)) throw noSuchOutput(name, known);
  return { kind: "tensors", tensors: inputs, outputs: names, parameters };
}

interface Conversion {
  readonly columns: ColumnInterface;
  readonly charge: Charge | undefined;
}

function instancesCall(model: ServedModel, { inputs, parameters }: Asked, { columns, charge }: Conversion): Call {
  const most = model.predictor.definition.limits?.instances ?? DEFAULT_INSTANCES;
  return { kind: "many", inputs: toInstances(inputs, columns.inputs, most, charge), pointer: "/inputs", parameters };
}

function chooseOutputs(outputs: readonly NamedTensor[], asked: Asked["outputs"]): readonly NamedTensor[] {
  if (asked === undefined) return outputs;
  const byName = new Map(outputs.map((output) => [output.name, output]));
  return asked.map(({ name }) => {
    const found = byName.get(name);
    if (found === undefined) throw noSuchOutput(name, [...byName.keys()]);
    return found;
  });
}

function noSuchOutput(name: string, known: readonly string[]): TricastError {
  return new TricastError("invalid-input", `The model has no output ${show(name)}; it has ${known.join(", ")}`);
}
