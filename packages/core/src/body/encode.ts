import { isStream } from "../pipeline/stream.ts";
import type { Call, InferenceResponse, Outcome, WholeResponse } from "../seam.ts";
import { printJson } from "./json.ts";

/** The response to `call`. Bytes are sent unchanged, an async iterable of bytes chunk by chunk. */
export function encodeOutput(output: unknown, call: Call, outcome: Outcome): InferenceResponse {
  if (call.kind === "many") return encodeMany(output as readonly unknown[], call.reply ?? "json", outcome);
  return output instanceof Uint8Array || isStream(output)
    ? { status: 200, headers: { "content-type": "application/octet-stream" }, body: output, outcome }
    : json(200, output, outcome);
}

export function json(status: number, value: unknown, outcome?: Outcome): WholeResponse {
  return { status, headers: { "content-type": "application/json" }, body: printJson(value), outcome };
}

function encodeMany(outputs: readonly unknown[], reply: "json" | "ndjson", outcome: Outcome): WholeResponse {
  if (reply === "json") return json(200, { predictions: outputs }, outcome);
  const lines = outputs.map((output) => `${printJson(output)}\n`);
  return { status: 200, headers: { "content-type": "application/x-ndjson" }, body: lines.join(""), outcome };
}
