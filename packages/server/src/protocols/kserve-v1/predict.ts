import { type Call, type InferenceResponse, printJson } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { columnsOf, isZeroCode } from "../open-inference/interface.ts";
import { decodeB64, encodeB64 } from "./b64.ts";
import { columnsOfRows, nameBareRows, rowsOfColumns } from "./columns.ts";
import { type PredictRequest, readPredictRequest } from "./predict-request.ts";

/**
 * Answers the predict request in the body of `call`.
 * @throws {TricastError} as `Service.call` does; `invalid-json`; `invalid-input` for a body of another form, or for
 * columns that do not fit each other.
 */
export async function predict(model: ServedModel, call: RouteCall): Promise<InferenceResponse> {
  const asked = await readPredictRequest(model, call.request);
  const pointer = asked.form === "rows" ? "/instances" : "/inputs";
  const inputs = isZeroCode(model) ? graphInputs(asked, pointer) : await codeInputs(model, asked, pointer);
  const parameters = { parameters: asked.parameters };
  const { value, headers } = await model.service.call({ ...inputs, ...parameters }, call.request, call.invocation);
  const body = printJson(isZeroCode(model) ? graphOutputs(asked, value) : codeOutputs(asked, value));
  return { status: 200, headers: { ...headers, "content-type": "application/json" }, body };
}

/** Predictors with code accept rows. */
async function codeInputs(model: ServedModel, asked: PredictRequest, pointer: string): Promise<Call> {
  const rows = asked.form === "rows" ? asked.instances : rowsOfColumns(asked.inputs);
  const decoded = decodeB64(rows, false, pointer) as readonly unknown[];
  return { kind: "many", inputs: nameBareRows(decoded, await columnsOf(model)), pointer };
}

function codeOutputs({ form }: PredictRequest, value: unknown): unknown {
  const outputs = (value as readonly unknown[]).map((output) => encodeB64(output));
  return form === "rows" ? { predictions: outputs } : { outputs: columnsOfRows(outputs) };
}

/** Graphs also take columns: whole tensors by name, as one input. */
function graphInputs(asked: PredictRequest, pointer: string): Call {
  if (asked.form === "columns") return { kind: "one", input: decodeB64(asked.inputs, true, pointer) };
  return { kind: "many", inputs: decodeB64(asked.instances, true, pointer) as readonly unknown[], pointer };
}

function graphOutputs({ form }: PredictRequest, value: unknown): unknown {
  if (form === "columns") return { outputs: unnameOnly(encodeB64(value)) };
  return { predictions: (value as readonly unknown[]).map((output) => unnameOnly(encodeB64(output))) };
}

/** A single output of a graph is sent without its name (tensorflow/serving, api_rest.md, response format). */
function unnameOnly(outputs: unknown): unknown {
  const values = Object.values(outputs as object);
  return values.length === 1 ? values[0] : outputs;
}
