import { TricastError } from "@tricast/core";
import { type Charge, type ReceivedRequest, show, toBytes, toText } from "@tricast/core/adapter";
import { parseWithBareWords } from "../bare-words.ts";
import { type InferRequest, readInferRequest } from "./infer-request.ts";

const NO_BYTES = new Uint8Array(0);

/** The header with the size of the JSON before the binary data, in bytes (Triton, extension_binary_data.md). */
export const HEADER_LENGTH = "inference-header-content-length";

/** The request in a body, or the bytes of the model's only input. */
export type InferBody =
  | { readonly kind: "request"; readonly request: InferRequest }
  | { readonly kind: "raw"; readonly bytes: Uint8Array };

/**
 * Reads an infer body: JSON, JSON followed by binary data, or (header length 0) one raw tensor.
 * @throws {TricastError} `invalid-json`, `invalid-body` for a header length that does not fit the body, `invalid-input`,
 * `invalid-tensor`.
 */
export function readInferBody({
  headers,
  body,
  charge,
}: Pick<ReceivedRequest, "headers" | "body" | "charge">): InferBody {
  const given = headers[HEADER_LENGTH];
  if (given === undefined)
    return { kind: "request", request: readInferRequest(readJson(body ?? "", charge), NO_BYTES) };
  const bytes = toBytes(body ?? "");
  const length = headerLength(given, bytes.byteLength);
  if (length === 0) return { kind: "raw", bytes };
  const json = readJson(bytes.subarray(0, length), charge);
  return { kind: "request", request: readInferRequest(json, bytes.subarray(length)) };
}

function headerLength(given: string, size: number): number {
  const length = /^\d{1,15}$/.test(given) ? Number(given) : -1;
  if (length >= 0 && length <= size) return length;
  throw new TricastError(
    "invalid-body",
    `${HEADER_LENGTH} is ${show(given)}; it must be the length of the JSON, from 0 to the body's ${size} bytes`,
  );
}

/** Keeps every digit only if a tensor has 64-bit integers. */
function readJson(body: string | Uint8Array, charge: Charge | undefined): unknown {
  const text = toText(body);
  return parseWithBareWords(text, { exactIntegers: text.includes('INT64"'), become: "strings", charge });
}
