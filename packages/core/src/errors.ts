/**
 * All coded errors. `expose`: whether a client may read the error's own message. If false, the client reads the title,
 * and the message goes to the log.
 * Every code is described in docs/reference/errors.md, generated from this table.
 */
export const ERRORS = {
  "invalid-json": row(400, true, "The request body is not valid JSON"),
  "invalid-body": row(400, true, "The request body cannot be decoded"),
  unauthorized: row(401, true, "Credentials are required"),
  forbidden: row(403, true, "These credentials do not allow this"),
  "not-found": row(404, true, "No route has this path"),
  "method-not-allowed": row(405, true, "The route does not take this method"),
  "request-timeout": row(408, true, "The request did not arrive in time"),
  "already-loaded": row(409, true, "The model is already loaded"),
  "body-too-large": row(413, true, "The request body is over the limit"),
  "unsupported-media-type": row(415, true, "The content type is not supported"),
  "unsupported-encoding": row(415, true, "The content encoding is not supported"),
  "invalid-input": row(422, true, "The input does not match the predictor's schema"),
  "invalid-tensor": row(422, true, "The input does not match the model's inputs"),
  overloaded: row(429, true, "The server is full"),
  "request-cancelled": row(499, true, "The client went away before the response"),
  "predict-failed": row(500, false, "The predictor failed on this input"),
  "invalid-output": row(500, false, "The predictor returned something outside its own output schema"),
  "response-too-large": row(500, true, "The response is over the platform's limit"),
  internal: row(500, false, "Something unexpected went wrong"),
  "not-implemented": row(501, true, "This server does not support the operation"),
  "model-loading": row(503, true, "The model is still loading"),
  "model-not-found": row(503, false, "The model was not found"),
  "model-invalid": row(503, false, "The model file cannot be used"),
  "model-load-failed": row(503, false, "The model could not be loaded"),
  "warmup-failed": row(503, false, "The model loaded but failed on the predictor's own example"),
  "worker-crashed": row(503, true, "The worker that ran the model ended before the response"),
  "shutting-down": row(503, true, "This instance is stopping"),
  "issuer-unavailable": row(503, false, "Tokens cannot be checked now"),
  "no-memory": row(507, true, "Not enough memory for another model"),
  "deadline-exceeded": row(504, true, "The prediction did not finish before the platform's deadline"),
  "unsupported-event": row(400, true, "The adapter does not know this kind of event"),
  "invalid-definition": row(500, false, "The predictor is not defined correctly"),
  "invalid-option": row(500, false, "An option is not valid"),
  "store-not-found": row(503, false, "The store does not have this object"),
  "store-denied": row(503, false, "The store refused the credentials"),
  "store-unavailable": row(503, false, "The store cannot be reached"),
  "store-conflict": row(503, false, "The object was changed by someone else at the same time"),
  "digest-mismatch": row(503, false, "The bytes do not match the manifest"),
  "disk-full": row(503, false, "Not enough disk space for the model"),
  "missing-dependency": row(500, false, "An optional package is not installed"),
  "bundle-failed": row(500, false, "The handler cannot be bundled, or its bundle does not start"),
  "missing-export": row(500, false, "The platform cannot find the handler or the predictor"),
  "wrong-architecture": row(500, false, "A native file does not suit the target"),
  "over-budget": row(500, false, "The artefact is over a limit of its target"),
  "image-base-unreadable": row(500, false, "The base image cannot be read"),
  "image-base-unsuitable": row(500, false, "The base image does not suit the artefact"),
  "registry-denied": row(500, false, "The registry refused the credentials"),
  "registry-unavailable": row(500, false, "The registry cannot be reached"),
  "credentials-missing": row(500, false, "No credentials were found"),
  "deploy-failed": row(500, false, "The deployment did not finish"),
  "endpoint-unreachable": row(500, false, "The endpoint does not answer"),
} as const;

export type ErrorCode = keyof typeof ERRORS;

interface ErrorRow {
  readonly status: number;
  readonly expose: boolean;
  readonly title: string;
}

function row(status: number, expose: boolean, title: string): ErrorRow {
  return { status, expose, title };
}

/** One error in the input. */
export interface Issue {
  /** RFC 6901 JSON Pointer into the request body, such as `/instances/3/features`. */
  readonly pointer: string;
  readonly message: string;
}

export interface TricastErrorOptions {
  readonly cause?: unknown;
  /** The errors in the input, for codes about the input. */
  readonly issues?: readonly Issue[] | undefined;
  /** Sent as `Retry-After`, in whole seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** Extra response headers, such as `allow`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Set by model sources: the input of the model does not fit it. Within `predict`, the fault is the predictor's, and the
   * code becomes `predict-failed`. In a predictor without code, the fault is the client's.
   */
  readonly fromModel?: boolean | undefined;
}

const BRAND = Symbol.for("tricast.error");

/**
 * An error with a code from {@link ERRORS}. Throw one from `predict` to choose what the client reads:
 * the response has the code's status, and the message if the code exposes it (`invalid-input`, `not-found` ...).
 *
 * @example
 * throw new TricastError("invalid-input", `age is ${age}; it must be at least 0`);
 */
export class TricastError extends Error {
  override readonly name: string = "TricastError";
  readonly code: ErrorCode;
  readonly issues: readonly Issue[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly fromModel: boolean;
  readonly [BRAND]: true = true;

  constructor(code: ErrorCode, message: string, options?: TricastErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options?.issues;
    this.retryAfterSeconds = options?.retryAfterSeconds;
    this.headers = options?.headers;
    this.fromModel = options?.fromModel === true;
  }
}

/** The error of a request whose client went away. */
export function clientGone(before = "the response", cause?: unknown): TricastError {
  return new TricastError("request-cancelled", `The client went away before ${before}`, { cause });
}

/** Checks a brand, not `instanceof`: a bundle and a layer may each contain a core. */
export function isTricastError(value: unknown): value is TricastError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** Whether `value` is an error with a code of this core: another copy of the core may be newer and have more codes. */
export function isKnownError(value: unknown): value is TricastError {
  return isTricastError(value) && Object.hasOwn(ERRORS, value.code);
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    // An object without a prototype has no toString.
    return typeof thrown;
  }
}
