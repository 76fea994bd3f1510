import { createHash } from "node:crypto";
import { definePredictor } from "../../predictor.ts";
import type { WireRequest } from "../wire.ts";

/** The echo of bytes if a digest is requested: not every platform can send a response of 4 MB. */
export function digestOf(bytes: Uint8Array): { readonly bytes: number; readonly sha256: string } {
  return { bytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Asks {@link echo} for the digest of the bytes it got. */
export const DIGEST: WireRequest["headers"] = [
  ["content-type", "application/octet-stream"],
  ["X-Answer", "digest"],
];

/** Returns its input. */
export const echo = definePredictor({
  name: "echo",
  load: () => ({}),
  predict: (input: unknown, { request: { headers } }) =>
    input instanceof Uint8Array && headers["x-answer"] === "digest" ? digestOf(input) : input,
});
