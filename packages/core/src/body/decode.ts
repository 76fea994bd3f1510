import { TricastError } from "../errors.ts";
import { show } from "../options.ts";
import type { AnyPredictor, Decoder } from "../predictor.ts";
import type { InferenceRequest } from "../seam.ts";
import { parseCsv } from "./csv.ts";
import { inflate } from "./inflate.ts";
import { parseJson } from "./json.ts";
import { byteSize, toBytes, toText } from "./text.ts";

/** What a request asks to be predicted, before validation. */
export type Decoded =
  | { readonly kind: "single"; readonly input: unknown; readonly parameters: Parameters }
  /** `pointer` is where instance `i` stands in the body: `pointer + "/" + i`. `reply` is the form of the answer. */
  | {
      readonly kind: "batch";
      readonly inputs: readonly unknown[];
      readonly parameters: Parameters;
      readonly pointer: string;
      readonly reply: "json" | "ndjson";
    };

type Parameters = Readonly<Record<string, unknown>>;
const NO_PARAMETERS: Parameters = Object.freeze({});

export const DEFAULT_BODY_BYTES = 33_554_432;
export const DEFAULT_INSTANCES = 10_000;

/** Not a promise for the usual request: JSON that is not compressed. */
export function decodeBody(
  request: InferenceRequest,
  predictor: AnyPredictor,
  exactIntegers: boolean,
): Decoded | Promise<Decoded> {
  const { headers, body } = request;
  const maxBytes = predictor.definition.limits?.bodyBytes ?? DEFAULT_BODY_BYTES;
  if (body === undefined) throw new TricastError("invalid-json", "The request has no body; send a JSON input");
  refuseOversized(body, maxBytes);
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") {
    return decodePlain(body, headers["content-type"], predictor, exactIntegers);
  }
  return inflate(body, encoding, maxBytes).then((plain) =>
    decodePlain(plain, headers["content-type"], predictor, exactIntegers),
  );
}

function refuseOversized(body: string | Uint8Array, maxBytes: number): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so only long text needs counting.
  if (body.length * 3 <= maxBytes) return;
  const size = byteSize(body);
  if (size <= maxBytes) return;
  throw new TricastError("body-too-large", `The body is ${size} bytes; the limit is ${maxBytes} (limits.bodyBytes)`);
}

function decodePlain(
  body: string | Uint8Array,
  contentType: string | undefined,
  predictor: AnyPredictor,
  exactIntegers: boolean,
): Decoded {
  if (contentType === undefined || contentType === "application/json")
    return decodeJson(body, predictor, exactIntegers);
  const mediaType = mediaTypeOf(contentType);
  const decoder = findDecoder(predictor.definition.decoders, mediaType);
  if (decoder !== undefined)
    return { kind: "single", input: decoder(toBytes(body), contentType), parameters: NO_PARAMETERS };
  if (mediaType === "application/json" || mediaType.endsWith("+json"))
    return decodeJson(body, predictor, exactIntegers);
  if (NDJSON.includes(mediaType)) return decodeNdjson(body, predictor, exactIntegers);
  if (mediaType === "text/csv") return decodeCsv(body, contentType, predictor);
  if (mediaType === "application/octet-stream" || mediaType.startsWith("image/")) {
    return { kind: "single", input: toBytes(body), parameters: NO_PARAMETERS };
  }
  throw unsupported(contentType, predictor);
}

function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

const NDJSON = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonlines",
  "application/x-jsonlines",
  "application/jsonl",
];

function findDecoder(decoders: Readonly<Record<string, Decoder>> | undefined, mediaType: string): Decoder | undefined {
  return decoders?.[mediaType] ?? decoders?.[`${mediaType.slice(0, mediaType.indexOf("/"))}/*`];
}

function decodeJson(body: string | Uint8Array, predictor: AnyPredictor, exactIntegers: boolean): Decoded {
  const value = parseJson(toText(body), exactIntegers);
  if (!isInstances(value)) return { kind: "single", input: value, parameters: NO_PARAMETERS };
  refuseTooMany(value.instances.length, predictor);
  const { parameters } = value;
  if (
    parameters !== undefined &&
    (typeof parameters !== "object" || parameters === null || Array.isArray(parameters))
  ) {
    throw new TricastError("invalid-input", `parameters is ${show(parameters)}; it must be an object`, {
      issues: [{ pointer: "/parameters", message: "must be an object" }],
    });
  }
  return {
    kind: "batch",
    inputs: value.instances,
    parameters: (parameters as Parameters | undefined) ?? NO_PARAMETERS,
    pointer: "/instances",
    reply: "json",
  };
}

/** `{"instances": [...]}` with nothing else but what the managed endpoints send beside it is a batch. */
function isInstances(value: unknown): value is { instances: unknown[]; parameters?: unknown } {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray((value as { instances?: unknown }).instances)) return false;
  for (const key in value) if (key !== "instances" && key !== "parameters" && key !== "signature_name") return false;
  return true;
}

function decodeNdjson(body: string | Uint8Array, predictor: AnyPredictor, exactIntegers: boolean): Decoded {
  const inputs: unknown[] = [];
  toText(body)
    .split("\n")
    .forEach((line, index) => {
      if (line.trim() === "") return;
      try {
        inputs.push(parseJson(line, exactIntegers));
      } catch (cause) {
        throw new TricastError("invalid-json", `Line ${index + 1}: ${(cause as Error).message}`, { cause });
      }
    });
  refuseTooMany(inputs.length, predictor);
  return { kind: "batch", inputs, parameters: NO_PARAMETERS, pointer: "", reply: "ndjson" };
}

function decodeCsv(body: string | Uint8Array, contentType: string, predictor: AnyPredictor): Decoded {
  const rows = parseCsv(toText(body), /;\s*header\s*=\s*"?present"?/i.test(contentType));
  refuseTooMany(rows.length, predictor);
  const { fromCsvRow } = predictor.definition;
  const inputs = fromCsvRow === undefined ? rows : rows.map((row) => fromCsvRow(row));
  return { kind: "batch", inputs, parameters: NO_PARAMETERS, pointer: "", reply: "json" };
}

function refuseTooMany(rows: number, predictor: AnyPredictor): void {
  const limit = predictor.definition.limits?.instances ?? DEFAULT_INSTANCES;
  if (rows <= limit) return;
  throw new TricastError("body-too-large", `The body has ${rows} instances; the limit is ${limit} (limits.instances)`);
}

/** What a client may send, for messages and the OpenAPI document. */
export function mediaTypes(predictor: AnyPredictor): string[] {
  const own = Object.keys(predictor.definition.decoders ?? {});
  return ["application/json", "application/x-ndjson", "text/csv", ...own, "application/octet-stream", "image/*"].filter(
    (type, index, all) => all.indexOf(type) === index,
  );
}

function unsupported(contentType: string, predictor: AnyPredictor): TricastError {
  const hint = contentType.startsWith("application/x-www-form-urlencoded")
    ? " (curl -d sends this by default; add -H 'content-type: application/json')"
    : "";
  return new TricastError(
    "unsupported-media-type",
    `The content type ${show(contentType)} is not supported${hint}; send one of ${mediaTypes(predictor).join(", ")}`,
  );
}
