import type { TricastError } from "@tricast/core";
import { ERRORS, type WholeResponse } from "@tricast/core/adapter";

/**
 * An error as the Open Inference Protocol, KServe v1, SageMaker, Vertex AI and Azure ML clients read it: its message
 * under `error`, and our code beside it. Input that does not fit is 400 there, where `/predict` says 422.
 */
export function plainError(error: TricastError): WholeResponse {
  const { status, expose, title } = ERRORS[error.code];
  const body = { error: expose ? error.message : title, code: error.code };
  return plainJson(status === 422 ? 400 : status, body);
}

export function plainJson(status: number, body: unknown): WholeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
