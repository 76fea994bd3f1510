import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** Formats of predictions. `as-is` keeps the format that the pipeline chose. */
export type Form = "as-is" | "json" | "jsonlines" | "csv";

const TYPES: { readonly [F in Form]: readonly string[] } = {
  "as-is": ["*/*", "application/*"],
  json: ["application/json"],
  jsonlines: ["jsonlines", "jsonl", "ndjson", "x-jsonlines", "x-ndjson"].map((name) => `application/${name}`),
  csv: ["text/csv", "text/*"],
};

const FORMS = new Map(
  (Object.keys(TYPES) as Form[]).flatMap((form) => TYPES[form].map((type) => [type, form] as const)),
);

/**
 * The format that an `Accept` header requests: the known one with the highest quality, and of equal ones the first
 * (RFC 9110, 12.5.1).
 * @throws {TricastError} `unsupported-media-type` if it accepts only unknown formats.
 */
export function chooseForm(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === "") return "as-is";
  let best: { readonly form: Form; readonly quality: number } | undefined;
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const form = FORMS.get(type);
    const quality = qualityOf(parameters);
    if (form !== undefined && quality > (best?.quality ?? 0)) best = { form, quality };
  }
  if (best !== undefined) return best.form;
  const rule = "it must accept application/json, application/jsonlines or text/csv";
  throw new TricastError("unsupported-media-type", `Accept is ${show(accept)}; ${rule}`);
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = given === undefined ? 1 : Number(given);
  return quality >= 0 && quality <= 1 ? quality : 0;
}
