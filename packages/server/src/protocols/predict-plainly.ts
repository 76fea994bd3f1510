import type { InferenceResponse, Invocation, ReceivedRequest } from "@tricast/core/adapter";
import type { ServedModel } from "../served-model.ts";
import { plainError } from "./plain-error.ts";

/** What `/predict` answers to a body, with errors as the managed endpoints read them. */
export async function predictPlainly(
  { service }: ServedModel,
  request: ReceivedRequest,
  invocation: Invocation,
): Promise<InferenceResponse> {
  const response = await service.handle({ ...request, method: "POST", path: "/predict" }, invocation);
  const error = response.outcome?.error;
  if (error === undefined) return response;
  const plain = plainError(error);
  return { ...response, ...plain, headers: { ...response.headers, ...plain.headers } };
}
