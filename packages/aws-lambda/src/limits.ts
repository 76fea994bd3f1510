import { replyTooLarge } from "@tricast/core/adapter";

/** Largest reply of one synchronous invocation, as Lambda counts it: bytes of the reply's JSON (its own error message names the number). */
export const LAMBDA_REPLY_BYTES = 6_291_556;
/** Largest reply JSON an Application Load Balancer takes from a function (docs.aws.amazon.com, Lambda functions as targets: 1 MB). */
export const ALB_REPLY_BYTES = 1_048_576;

/** Kept free for status, headers and braces when only the body's length is looked at. */
const ENVELOPE_BYTES = 65_536;
/** A control character is one character of text and six bytes of JSON (`\u0001`). */
const WORST_ESCAPE = 6;

/**
 * Refuses a reply that the platform would replace by its own error. Small replies cost one comparison;
 * only a reply that may be over is measured exactly.
 * @throws {TricastError} `response-too-large`
 */
export function refuseOversize<R extends { body?: string; isBase64Encoded?: boolean }>(reply: R, limit: number): R {
  const length = reply.body?.length ?? 0;
  const worst = reply.isBase64Encoded === true ? length : length * WORST_ESCAPE;
  if (worst + ENVELOPE_BYTES > limit) refuseOver(Buffer.byteLength(JSON.stringify(reply)), limit);
  return reply;
}

/** @throws {TricastError} `response-too-large` for more than `limit` bytes. */
export function refuseOver(bytes: number, limit: number): void {
  if (bytes > limit) throw replyTooLarge(String(bytes), limit);
}
