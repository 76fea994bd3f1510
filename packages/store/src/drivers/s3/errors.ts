import { isTricastError, TricastError } from "@tricast/core";
import { missing, retryAfterOf, statusError, unavailable } from "../errors.ts";

/** As the SDK throws it for what S3 refuses. */
export interface S3Error extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export function statusOf(error: unknown): number | undefined {
  return isTricastError(error) ? undefined : (error as S3Error).$metadata?.httpStatusCode;
}

const CREDENTIALS =
  "check what the AWS SDK resolves (AWS_PROFILE, AWS_ACCESS_KEY_ID, the role) and that it allows s3:GetObject, and s3:ListBucket to tell a missing object from a forbidden one";

/** What S3 or the SDK says, as one of our own errors. */
export function translate(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (isTricastError(error)) return error;
  if (signal?.aborted) return signal.reason;
  const { name, message, $response } = error as S3Error;
  const status = statusOf(error);
  if (name === "RequestTimeTooSkewed") {
    return unavailable(what, "this machine's clock differs from S3's by more than 15 minutes; set the clock", error);
  }
  if (name === "CredentialsProviderError" || name === "ExpiredToken" || name === "InvalidToken") {
    return new TricastError(
      "store-denied",
      `${what}: ${message}; ${CREDENTIALS}, or use https:// for a public object`,
      {
        cause: error,
      },
    );
  }
  if (message === "Region is missing") {
    return new TricastError("invalid-option", `${what}: no region is set; set AWS_REGION to the bucket's`, {
      cause: error,
    });
  }
  if (name === "NoSuchBucket") return missing(`bucket of ${what.split(" ")[1]}`, error);
  if (status === undefined) return error;
  const retryAfterSeconds = retryAfterOf($response?.headers?.["retry-after"]);
  const detail = [name, message === name ? "" : message].filter(Boolean).join(": ");
  return statusError({ status, what, detail, credentials: CREDENTIALS, retryAfterSeconds, cause: error });
}
