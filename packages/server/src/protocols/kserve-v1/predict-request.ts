import { type ReceivedRequest, show, toText } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { parseWithBareWords } from "../bare-words.ts";
import { isZeroCode } from "../open-inference/interface.ts";
import { wrongRequest } from "../wrong-request.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** A predict body of TensorFlow Serving and KServe v1: a list of rows, or a tensor per column. */
export type PredictRequest = { readonly parameters: Parameters } & (
  | { readonly form: "rows"; readonly instances: readonly unknown[] }
  | { readonly form: "columns"; readonly inputs: unknown }
);

/**
 * The predict request in a body.
 * @throws {TricastError} `invalid-json`; `invalid-input` for a body of neither form, or of both; the error of a failed load.
 */
export async function readPredictRequest(
  model: ServedModel,
  { body }: Pick<ReceivedRequest, "body">,
): Promise<PredictRequest> {
  const { exactIntegers } = await model.service.describe();
  return toPredictRequest(
    parseWithBareWords(toText(body ?? ""), exactIntegers, isZeroCode(model) ? "strings" : "numbers"),
  );
}

function toPredictRequest(document: unknown): PredictRequest {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw wrongRequest("", "an object with instances or inputs", show(document));
  const { instances, inputs, parameters, signature_name: signature } = document as Record<string, unknown>;
  if (signature !== undefined && typeof signature !== "string")
    throw wrongRequest("/signature_name", "a string", show(signature));
  const read = readParameters(parameters);
  if (instances !== undefined && inputs !== undefined)
    throw wrongRequest("", "instances (rows) or inputs (columns)", "both");
  if (inputs !== undefined) return { form: "columns", inputs, parameters: read };
  if (!Array.isArray(instances)) throw wrongRequest("/instances", "a list of instances", show(instances));
  return { form: "rows", instances, parameters: read };
}

function readParameters(parameters: unknown): Parameters {
  if (parameters === undefined || parameters === null) return {};
  if (typeof parameters === "object" && !Array.isArray(parameters)) return parameters as Parameters;
  throw wrongRequest("/parameters", "an object", show(parameters));
}
