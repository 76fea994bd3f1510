import type { TricastError } from "@tricast/core";
import { ERRORS, type WholeResponse } from "@tricast/core/adapter";
import type { Route } from "../route.ts";

/** A route whose errors have the form of {@link plainError}. */
export function plainRoute(
  method: string,
  path: string,
  kind: Route["kind"],
  operation: string,
  handle: Route["handle"],
): Route {
  return { method, path, kind, operation, handle, problem: plainError };
}

/**
 * An error as clients of the Open Inference Protocol, KServe v1, SageMaker, Vertex AI and Azure ML read it: its message
 * under `error`, and the code of tricast under `code`. These clients get 400 for wrong input, where `/predict` sends 422.
 */
export function plainError(error: TricastError): WholeResponse {
  const { status, expose, title } = ERRORS[error.code];
  const body = { error: expose ? error.message : title, code: error.code };
  return plainJson(status === 422 ? 400 : status, body);
}

export function plainJson(status: number, body: unknown): WholeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
