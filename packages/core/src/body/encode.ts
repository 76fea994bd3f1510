import { isStream } from "../pipeline/stream.ts";
import type { Call, InferenceResponse, WholeResponse } from "../seam.ts";
import { printJson } from "./json.ts";

/**
 * The body of an answer to `call`. Bytes are sent unchanged, an async iterable of bytes chunk by chunk.
 */
export function encodeOutput(output: unknown, call: Call): InferenceResponse {
  if (call.kind === "many") return encodeMany(output as readonly unknown[], call.reply ?? "json");
  if (output instanceof Uint8Array) return bytes(output);
  return isStream(output) ? bytes(output) : json(200, output);
}

export function json(status: number, value: unknown): WholeResponse {
  return { status, headers: { "content-type": "application/json" }, body: printJson(value) };
}

function bytes(body: Uint8Array | AsyncIterable<Uint8Array>): InferenceResponse {
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body };
}

function encodeMany(outputs: readonly unknown[], reply: "json" | "ndjson"): WholeResponse {
  if (reply === "json") return json(200, { predictions: outputs });
  const lines = outputs.map((output) => `${printJson(output)}\n`);
  return { status: 200, headers: { "content-type": "application/x-ndjson" }, body: lines.join("") };
}
