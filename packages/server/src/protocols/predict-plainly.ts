import { ERRORS, type ErrorCode, type InferenceRequest, type InferenceResponse, type Invocation } from "@tricast/core";
import type { ServedModel } from "../served-model.ts";
import { plainJson } from "./plain-error.ts";

/** What `/predict` answers to a body, with errors as the managed endpoints read them. */
export async function predictPlainly(
  { service }: ServedModel,
  request: InferenceRequest,
  invocation: Invocation,
): Promise<InferenceResponse> {
  const response = await service.handle({ ...request, method: "POST", path: "/predict" }, invocation);
  return response.status < 400 ? response : fromProblem(response);
}

interface Problem {
  readonly code: ErrorCode;
  readonly detail?: string;
}

function fromProblem({ status, headers, body }: InferenceResponse): InferenceResponse {
  const { code, detail } = JSON.parse(String(body)) as Problem;
  const plain = plainJson(status === 422 ? 400 : status, { error: detail ?? ERRORS[code].title, code });
  return { ...plain, headers: { ...headers, ...plain.headers } };
}
