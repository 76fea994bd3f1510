import type { TricastError } from "./errors.ts";
import { createLogger, type Logger } from "./log.ts";
import type { PredictContext } from "./predictor.ts";
import type { InferenceRequest, Invocation, LoadedModels } from "./seam.ts";

/** Time kept for sending the answer once a prediction is given up: the platform's deadline is for the reply, not for us. */
const REPLY_MARGIN_MS = 200;

/** The context of one request. What costs something to make (signal, logger) is made when `predict` asks for it. */
export class RequestContext implements PredictContext<unknown, Readonly<Record<string, unknown>>> {
  readonly model: unknown;
  readonly models: Readonly<Record<string, unknown>>;
  readonly request: InferenceRequest;
  readonly invocation: Invocation;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly version: string;
  private controller: AbortController | undefined;
  private logger: Logger | undefined;
  private aborted: TricastError | undefined;

  constructor(
    loaded: LoadedModels,
    version: string,
    request: InferenceRequest,
    invocation: Invocation,
    parameters: Readonly<Record<string, unknown>>,
  ) {
    this.model = loaded.model;
    this.models = loaded.models;
    this.version = version;
    this.request = request;
    this.invocation = invocation;
    this.parameters = parameters;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted !== undefined) this.controller.abort(this.aborted);
    }
    return this.controller.signal;
  }

  get log(): Logger {
    this.logger ??= createLogger(this.invocation.platform, this.invocation);
    return this.logger;
  }

  abort(reason: TricastError): void {
    this.aborted = reason;
    this.controller?.abort(reason);
  }
}

/** When to give up on a request, in milliseconds since the epoch; `undefined` where nothing ends it. */
export function giveUpAt(invocation: Invocation, timeoutMs: number | undefined): number | undefined {
  if (invocation.deadline === undefined && timeoutMs === undefined) return undefined;
  const own = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  if (invocation.deadline === undefined) return own;
  return Math.min(own, invocation.deadline - REPLY_MARGIN_MS);
}
