import type { Decoder } from "../definition.ts";
import { isKnownError, TricastError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import { show } from "../options.ts";
import { refuseOversized } from "../pipeline/receive.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { BodyLimits, Call, Charge, ReceivedRequest } from "../seam.ts";
import { type CsvRow, parseCsv } from "./csv.ts";
import { parseJson } from "./json.ts";
import { chargeCsv, chargeJson } from "./json-cost.ts";
import { toBytes, toText } from "./text.ts";

type Parameters = Readonly<Record<string, unknown>>;

export const DEFAULT_BODY_BYTES = 33_554_432;
export const DEFAULT_INSTANCES = 10_000;

/**
 * The inputs of a request. Synchronous unless the predictor's own decoder returns a promise.
 * @throws {TricastError} `invalid-json`, `invalid-body`, `unsupported-media-type`, `body-too-large`, `invalid-input`.
 */
export function decodeBody(
  { headers, body, charge }: ReceivedRequest,
  predictor: AnyPredictor,
  limits: BodyLimits,
  exactIntegers: boolean,
): Call | Promise<Call> {
  if (body === undefined) throw new TricastError("invalid-json", "The request has no body; send a JSON input");
  refuseOversized(body, limits);
  const source = { body, predictor, exactIntegers, charge };
  const { decoders } = predictor.definition;
  const contentType = headers["content-type"];
  if (decoders === undefined && (contentType === undefined || contentType === "application/json"))
    return decodeJson(source);
  return decodeByType(source, contentType ?? "application/json");
}

/** What a format is decoded from. */
interface Source {
  readonly body: string | Uint8Array;
  readonly predictor: AnyPredictor;
  readonly exactIntegers: boolean;
  readonly charge: Charge | undefined;
}

function decodeByType(source: Source, contentType: string): Call | Promise<Call> {
  const { body, predictor } = source;
  const mediaType = mediaTypeOf(contentType);
  const decoder = findDecoder(predictor.definition.decoders, mediaType);
  if (decoder !== undefined) return decodeOwn(decoder, toBytes(body), contentType, mediaType);
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return decodeJson(source);
  if (NDJSON.includes(mediaType)) return decodeNdjson(source);
  if (mediaType === "text/csv") return decodeCsv(source, contentType);
  if (mediaType === "application/octet-stream" || mediaType.startsWith("image/")) {
    return { kind: "one", input: toBytes(body) };
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
  if (decoders === undefined) return undefined;
  const family = `${mediaType.slice(0, mediaType.indexOf("/") + 1)}*`;
  // Own members only: the media type comes from the client and may be `constructor`.
  const key = [mediaType, family].find((name) => Object.hasOwn(decoders, name));
  return key === undefined ? undefined : decoders[key];
}

function decodeOwn(decoder: Decoder, body: Uint8Array, contentType: string, mediaType: string): Call | Promise<Call> {
  const decoded = (input: unknown): Call => ({ kind: "one", input });
  const failed = (cause: unknown): never => {
    throw undecodable(cause, `The body cannot be decoded as ${mediaType}`);
  };
  try {
    const input = decoder(body, contentType);
    return isPromise(input) ? input.then(decoded, failed) : decoded(input);
  } catch (error) {
    return failed(error);
  }
}

/** The predictor's own decoder refused the body: a client error. The client reads the decoder's message only if it has a code. */
function undecodable(cause: unknown, what: string): TricastError {
  return isKnownError(cause) ? cause : new TricastError("invalid-body", what, { cause });
}

function decodeJson({ body, predictor, exactIntegers, charge }: Source): Call {
  const value = parseJson(toText(body), exactIntegers, charge);
  if (!isInstances(value)) return { kind: "one", input: value };
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
    kind: "many",
    inputs: value.instances,
    parameters: parameters as Parameters | undefined,
    pointer: "/instances",
  };
}

/** `{"instances": [...]}` is a batch, also with the other members that managed endpoints send. */
function isInstances(value: unknown): value is { instances: unknown[]; parameters?: unknown } {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray((value as { instances?: unknown }).instances)) return false;
  for (const key in value) if (key !== "instances" && key !== "parameters" && key !== "signature_name") return false;
  return true;
}

function decodeNdjson({ body, predictor, exactIntegers, charge }: Source): Call {
  const inputs: unknown[] = [];
  let number = 0;
  const text = toText(body);
  chargeJson(text, charge);
  for (const line of linesOf(text)) {
    number++;
    if (line.trim() === "") continue;
    try {
      inputs.push(parseJson(line, exactIntegers));
    } catch (cause) {
      throw new TricastError("invalid-json", `Line ${number}: ${(cause as Error).message}`, { cause });
    }
    // Within the loop: a small compressed body may hold millions of lines.
    refuseTooMany(inputs.length, predictor);
  }
  return { kind: "many", inputs, pointer: "", reply: "ndjson" };
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end === -1 ? undefined : end);
    start = end === -1 ? text.length : end + 1;
  }
}

function decodeCsv({ body, predictor, charge }: Source, contentType: string): Call {
  const header = /;\s*header\s*=\s*"?present"?/i.test(contentType);
  const text = toText(body);
  chargeCsv(text, charge);
  const rows = parseCsv(text, header, mostInstances(predictor));
  refuseTooMany(rows.length, predictor);
  const { fromCsvRow } = predictor.definition;
  const inputs = fromCsvRow === undefined ? rows : rows.map((row, index) => inputOfRow(fromCsvRow, row, index));
  return { kind: "many", inputs, pointer: "" };
}

function inputOfRow(fromCsvRow: (row: CsvRow) => unknown, row: CsvRow, index: number): unknown {
  try {
    return fromCsvRow(row);
  } catch (error) {
    throw undecodable(error, `CSV row ${index + 1} cannot be converted to an input`);
  }
}

function mostInstances(predictor: AnyPredictor): number {
  return predictor.definition.limits?.instances ?? DEFAULT_INSTANCES;
}

/** @throws {TricastError} `body-too-large` over `limits.instances`. */
export function refuseTooMany(rows: number, predictor: AnyPredictor): void {
  const limit = mostInstances(predictor);
  if (rows <= limit) return;
  throw new TricastError(
    "body-too-large",
    `The body has more than ${limit} instances, the limit (limits.instances); send fewer at a time`,
  );
}

/** Accepted media types, for messages and the OpenAPI document. */
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
