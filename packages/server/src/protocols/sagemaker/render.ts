import { type InferenceResponse, parseJson, printJson } from "@tricast/core/adapter";
import type { Form } from "./accept.ts";

/**
 * A response of `/predict` in another format: JSON, one JSON text per line, or one CSV row per prediction.
 * Bytes that a predictor returns are sent unchanged.
 */
export function renderAs(response: InferenceResponse, form: Form, isMany: () => boolean): InferenceResponse {
  const { headers, body } = response;
  const type = String(headers["content-type"]);
  if (form === "as-is" || typeof body !== "string") return response;
  if (type === "application/json" && form === "json") return response;
  const predictions = predictionsIn(body, type, isMany);
  if (form === "json") return withBody(response, "application/json", printJson({ predictions }));
  if (form === "csv") return withBody(response, "text/csv", predictions.map(csvLine).join(""));
  if (type === "application/x-ndjson") return withBody(response, "application/jsonlines", body);
  return withBody(response, "application/jsonlines", predictions.map((each) => `${printJson(each)}\n`).join(""));
}

function withBody(response: InferenceResponse, type: string, body: string): InferenceResponse {
  return { ...response, headers: { ...response.headers, "content-type": type }, body };
}

function predictionsIn(body: string, type: string, isMany: () => boolean): readonly unknown[] {
  if (type === "application/x-ndjson") {
    const lines = body.split("\n").filter((line) => line !== "");
    return lines.map((line) => parseJson(line, true));
  }
  const value = parseJson(body, true);
  const { predictions } = (value ?? {}) as { readonly predictions?: unknown };
  return Array.isArray(predictions) && isMany() ? predictions : [value];
}

/**
 * The values of a prediction in order, with nested lists and objects flattened. Lines end with a bare line feed, as batch
 * transform joins them.
 */
function csvLine(prediction: unknown): string {
  return `${[...cells(prediction)].join(",")}\n`;
}

function* cells(value: unknown): Generator<string> {
  if (value === null) yield "";
  else if (typeof value === "object") for (const member of Object.values(value)) yield* cells(member);
  else yield quoted(String(value));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
