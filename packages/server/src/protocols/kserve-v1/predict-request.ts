import { type ReceivedRequest, show, toText } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { parseWithBareWords } from "../bare-words.ts";
import { isZeroCode } from "../open-inference/interface.ts";
import { objectAt, wrongRequest } from "../wrong-request.ts";

/** A predict body of TensorFlow Serving and KServe v1: a list of rows, or a tensor per column. */
export type PredictRequest = { readonly parameters: Readonly<Record<string, unknown>> } & (
  | { readonly form: "rows"; readonly instances: readonly unknown[] }
  | { readonly form: "columns"; readonly inputs: unknown }
);

/**
 * The predict request in a body.
 * @throws {TricastError} `invalid-json`; `invalid-input` for a body of neither form, or of both; the error of a failed load.
 */
export async function readPredictRequest(
  model: ServedModel,
  { body, charge }: Pick<ReceivedRequest, "body" | "charge">,
): Promise<PredictRequest> {
  const { exactIntegers } = await model.service.describe();
  const become = isZeroCode(model) ? "strings" : "numbers";
  return toPredictRequest(parseWithBareWords(toText(body ?? ""), { exactIntegers, become, charge }));
}

function toPredictRequest(document: unknown): PredictRequest {
  const asked = objectAt("", document, "an object with instances or inputs");
  const { instances, inputs, signature_name: signature } = asked;
  if (signature !== undefined && typeof signature !== "string")
    throw wrongRequest("/signature_name", "a string", show(signature));
  const parameters = objectAt("/parameters", asked.parameters ?? {});
  if (instances !== undefined && inputs !== undefined)
    throw wrongRequest("", "instances (rows) or inputs (columns)", "both");
  if (inputs !== undefined) return { form: "columns", inputs, parameters };
  if (!Array.isArray(instances)) throw wrongRequest("/instances", "a list of instances", show(instances));
  return { form: "rows", instances, parameters };
}
