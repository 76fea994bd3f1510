import type { PredictContext } from "./definition.ts";
import { TricastError } from "./errors.ts";
import { createLogger, type Logger } from "./log.ts";
import { show } from "./options.ts";
import type { Platform } from "./platform.ts";
import type { Invocation, LoadedModels, ReceivedRequest } from "./seam.ts";

/** Time reserved to send the response after a prediction is stopped: the platform's deadline includes the sending. */
const REPLY_MARGIN_MS = 200;

const NO_PARAMETERS: Readonly<Record<string, unknown>> = Object.freeze({});

/** The context of one request. The signal and the logger are created when `predict` first asks for them. */
export class RequestContext implements PredictContext<unknown, Readonly<Record<string, unknown>>> {
  readonly model: unknown;
  readonly models: Readonly<Record<string, unknown>>;
  readonly request: ReceivedRequest;
  readonly invocation: Invocation;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly version: string;
  private readonly platform: Platform;
  private headers: Record<string, string | readonly string[]> | undefined;
  private controller: AbortController | undefined;
  private logger: Logger | undefined;
  private aborted: TricastError | undefined;

  constructor(
    loaded: LoadedModels,
    version: string,
    platform: Platform,
    request: ReceivedRequest,
    invocation: Invocation,
    parameters: Readonly<Record<string, unknown>> = NO_PARAMETERS,
  ) {
    this.model = loaded.model;
    this.models = loaded.models;
    this.version = version;
    this.platform = platform;
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

  get responseHeaders(): Record<string, string | readonly string[]> {
    this.headers ??= {};
    return this.headers;
  }

  /** The headers that `predict` set, checked. @throws {TricastError} `invalid-output`. */
  ownHeaders(): Record<string, string | readonly string[]> | undefined {
    return this.headers === undefined ? undefined : checkHeaders(this.headers);
  }

  get log(): Logger {
    this.logger ??= createLogger(this.platform, this.invocation);
    return this.logger;
  }

  abort(reason: TricastError): void {
    this.aborted = reason;
    this.controller?.abort(reason);
  }
}

/** When to give up on a request, in milliseconds since the epoch; `undefined` without a limit. */
export function giveUpAt({ deadline }: Invocation, timeoutMs: number | undefined): number | undefined {
  if (deadline === undefined && timeoutMs === undefined) return undefined;
  const at = Date.now();
  const own = timeoutMs === undefined ? Number.POSITIVE_INFINITY : at + timeoutMs;
  if (deadline === undefined) return own;
  // With little left, half of it is for the prediction.
  return Math.min(own, deadline - Math.max(0, Math.min(REPLY_MARGIN_MS, (deadline - at) / 2)));
}

/** Names that belong to the transport or to tricast itself. */
const RESERVED =
  /^(content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|x-tricast-.*|server-timing|x-request-id)$/;
/** RFC 9110, 5.6.2 and 5.5. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function checkHeaders(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | readonly string[]> {
  const checked: Record<string, string | readonly string[]> = {};
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (!HEADER_NAME.test(name) || RESERVED.test(name)) {
      throw new TricastError(
        "invalid-output",
        `responseHeaders has ${show(given)}, which predict cannot set; leave it out`,
      );
    }
    for (const line of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof line === "string" && HEADER_VALUE.test(line)) continue;
      throw new TricastError(
        "invalid-output",
        `responseHeaders[${show(given)}] is ${show(line)}, which is not a header value`,
      );
    }
    checked[name] = value;
  }
  return checked;
}
