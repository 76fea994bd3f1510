import { type ErrorCode, TricastError } from "@tricast/core";

type MakeError = (message: string, cause?: unknown) => TricastError;

export const bundleFailed = errorOf("bundle-failed");
export const digestMismatch = errorOf("digest-mismatch");
export const invalidOption = errorOf("invalid-option");
export const missingDependency = errorOf("missing-dependency");
export const missingExport = errorOf("missing-export");
export const modelInvalid = errorOf("model-invalid");
export const modelNotFound = errorOf("model-not-found");
export const overBudget = errorOf("over-budget");
export const registryDenied = errorOf("registry-denied");
export const registryUnavailable = errorOf("registry-unavailable");
export const wrongArchitecture = errorOf("wrong-architecture");

function errorOf(code: ErrorCode): MakeError {
  return (message, cause) => new TricastError(code, message, { cause });
}
