import { MOST_LEVELS, show, tooDeep } from "@tricast/core/adapter";
import { wrongRequest } from "../wrong-request.ts";

/** Canonical base64, with or without padding. Node's decoder skips invalid characters without an error. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * The value with each `{"b64": "..."}` decoded into bytes, or with `asText` into UTF-8 text. A value without base64 is
 * returned as it is.
 * @throws {TricastError} `invalid-input` for text that is not base64, or for bytes that are not text with `asText`;
 * `invalid-json` for a value that is nested too deep.
 */
export function decodeB64(value: unknown, asText: boolean, pointer: string, depth = 0): unknown {
  if (depth > MOST_LEVELS) throw tooDeep();
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    // Not copied: long lists hold numbers.
    if (!value.some((item) => typeof item === "object")) return value;
    return value.map((item, index) => decodeB64(item, asText, `${pointer}/${index}`, depth + 1));
  }
  const members = Object.entries(value);
  if (members.length === 1 && members[0]![0] === "b64") return decode(members[0]![1], asText, `${pointer}/b64`);
  return Object.fromEntries(
    members.map(([key, member]) => [key, decodeB64(member, asText, `${pointer}/${key}`, depth + 1)]),
  );
}

function decode(text: unknown, asText: boolean, pointer: string): Uint8Array | string {
  if (typeof text !== "string" || !BASE64.test(text)) throw wrongRequest(pointer, "base64", show(text));
  const bytes = Buffer.from(text, "base64");
  if (!asText) return bytes;
  const decoded = bytes.toString("utf8");
  if (Buffer.from(decoded, "utf8").equals(bytes)) return decoded;
  throw wrongRequest(pointer, "base64 of UTF-8 text, which the model reads", `${bytes.byteLength} other bytes`);
}

/**
 * The value with bytes encoded as `{"b64": "..."}`, and also strings in members whose name ends with `_bytes`
 * (tensorflow/serving, api_rest.md, output of binary values).
 */
export function encodeB64(value: unknown, binary = false): unknown {
  if (value instanceof Uint8Array) return { b64: Buffer.from(value).toString("base64") };
  if (typeof value === "string") return binary ? { b64: Buffer.from(value, "utf8").toString("base64") } : value;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== "object" && !(binary && typeof item === "string"));
    return isPlain ? value : value.map((item) => encodeB64(item, binary));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, encodeB64(member, binary || key.endsWith("_bytes"))]),
  );
}
