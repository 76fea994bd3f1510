import { TricastError } from "@tricast/core";
import { type ReceivedRequest, show, toText } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { parseWithBareWords } from "../bare-words.ts";
import { isZeroCode } from "../open-inference/interface.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** A predict body of TensorFlow Serving and KServe v1: a list of rows, or a tensor per column. */
export type PredictRequest = { readonly parameters: Parameters } & (
  | { readonly form: "rows"; readonly instances: readonly unknown[] }
  | { readonly form: "columns"; readonly inputs: unknown }
);

/**
 * What a body asks of `model`.
 * @throws {TricastError} `invalid-json`; `invalid-input` for a body of neither form, or of both; what loading failed with.
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
    throw invalid("", `expected an object with instances or inputs, got ${show(document)}`);
  const { instances, inputs, parameters, signature_name: signature } = document as Record<string, unknown>;
  if (signature !== undefined && typeof signature !== "string")
    throw invalid("/signature_name", `expected a string, got ${show(signature)}`);
  const read = readParameters(parameters);
  if (instances !== undefined && inputs !== undefined)
    throw invalid("", "expected instances (rows) or inputs (columns), got both");
  if (inputs !== undefined) return { form: "columns", inputs, parameters: read };
  if (!Array.isArray(instances)) throw invalid("/instances", `expected a list of instances, got ${show(instances)}`);
  return { form: "rows", instances, parameters: read };
}

function readParameters(parameters: unknown): Parameters {
  if (parameters === undefined || parameters === null) return {};
  if (typeof parameters === "object" && !Array.isArray(parameters)) return parameters as Parameters;
  throw invalid("/parameters", `expected an object, got ${show(parameters)}`);
}

export function invalid(pointer: string, message: string): TricastError {
  const text = pointer === "" ? `The body: ${message}` : `${pointer}: ${message}`;
  return new TricastError("invalid-input", text, { issues: [{ pointer, message }] });
}
