import { type InferenceResponse, TricastError } from "@tricast/core";

/** Largest reply that is not streamed (cloud.google.com/functions/quotas and cloud.google.com/run/quotas: 32 MB). */
export const CLOUD_FUNCTIONS_REPLY_BYTES = 33_554_432;

/** A UTF-16 unit is at most 3 bytes of UTF-8, so only long text needs counting. */
const MOST_BYTES_A_UNIT = 3;

/**
 * Refuses a reply in place of which Google would send an error of its own.
 * @throws {TricastError} `response-too-large`
 */
export function refuseOversize({ body }: InferenceResponse): void {
  if (body.length * MOST_BYTES_A_UNIT <= CLOUD_FUNCTIONS_REPLY_BYTES) return;
  const bytes = Buffer.byteLength(body);
  if (bytes <= CLOUD_FUNCTIONS_REPLY_BYTES) return;
  throw new TricastError(
    "response-too-large",
    `the reply is ${bytes} bytes and the limit is ${CLOUD_FUNCTIONS_REPLY_BYTES}; ask for fewer instances, or store the result and answer with its address`,
  );
}
