import type { InferenceResponse } from "@tricast/core/adapter";
import type { RouteCall } from "../route.ts";
import type { ServedModel } from "../served-model.ts";
import { plainError } from "./plain-answers.ts";

/** The response of `/predict` to this body, with errors in the form of {@link plainError}. */
export async function predictPlainly(
  { service }: ServedModel,
  { request, invocation }: RouteCall,
): Promise<InferenceResponse> {
  const response = await service.handle({ ...request, method: "POST", path: "/predict" }, invocation);
  const error = response.outcome?.error;
  if (error === undefined) return response;
  const plain = plainError(error);
  return { ...response, ...plain, headers: { ...response.headers, ...plain.headers } };
}
