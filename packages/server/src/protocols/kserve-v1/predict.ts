import type { Answer, Call } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import type { Origin } from "../open-inference/infer.ts";
import { columnsOf, isZeroCode } from "../open-inference/interface.ts";
import { decodeB64, encodeB64 } from "./b64.ts";
import { columnsOfRows, nameBareRows, rowsOfColumns } from "./columns.ts";
import type { PredictRequest } from "./predict-request.ts";

/** The body of a predict response, and the headers that go with it. */
export interface Predicted {
  readonly body: { readonly predictions: unknown } | { readonly outputs: unknown };
  readonly headers: Answer["headers"];
}

/** @throws {TricastError} as `Service.call` does, and `invalid-input` for columns that do not fit each other. */
export async function predict(model: ServedModel, asked: PredictRequest, origin: Origin): Promise<Predicted> {
  if (isZeroCode(model)) return predictGraph(model, asked, origin);
  const pointer = asked.form === "rows" ? "/instances" : "/inputs";
  const given = asked.form === "rows" ? asked.instances : rowsOfColumns(asked.inputs);
  const inputs = nameBareRows(decodeB64(given, false, pointer) as readonly unknown[], await columnsOf(model));
  const { value, headers } = await call(model, { kind: "many", inputs, pointer }, asked, origin);
  const outputs = (value as readonly unknown[]).map((output) => encodeB64(output));
  return { body: asked.form === "rows" ? { predictions: outputs } : { outputs: columnsOfRows(outputs) }, headers };
}

/** A graph takes whole tensors by name as one input, which is what columns are. */
async function predictGraph(model: ServedModel, asked: PredictRequest, origin: Origin): Promise<Predicted> {
  if (asked.form === "columns") {
    const input = decodeB64(asked.inputs, true, "/inputs");
    const { value, headers } = await call(model, { kind: "one", input }, asked, origin);
    return { body: { outputs: unnameOnly(encodeB64(value)) }, headers };
  }
  const inputs = decodeB64(asked.instances, true, "/instances") as readonly unknown[];
  const { value, headers } = await call(model, { kind: "many", inputs, pointer: "/instances" }, asked, origin);
  const predictions = (value as readonly unknown[]).map((output) => unnameOnly(encodeB64(output)));
  return { body: { predictions }, headers };
}

function call(
  { service }: ServedModel,
  what: Call,
  { parameters }: PredictRequest,
  { request, invocation }: Origin,
): Promise<Answer> {
  return service.call({ ...what, parameters }, request, invocation);
}

/** The one output of a graph goes without its name (tensorflow/serving, api_rest.md, response format). */
function unnameOnly(outputs: unknown): unknown {
  const values = Object.values(outputs as object);
  return values.length === 1 ? values[0] : outputs;
}
