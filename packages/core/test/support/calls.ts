import type { LogLevel } from "@tricast/core";
import type { InferenceRequest, InferenceResponse, Invocation, Service } from "@tricast/core/adapter";

/** The instance's own log (ready, failed loads) goes to standard output; only tests that read it want it. */
process.env.TRICAST_LOG_LEVEL ??= "error";

export const JSON_HEADERS = { "content-type": "application/json" };

export function request(overrides: Partial<InferenceRequest> = {}): InferenceRequest {
  return { method: "POST", path: "/predict", query: "", headers: JSON_HEADERS, body: undefined, ...overrides };
}

/** One line an invocation logged. */
export interface Logged {
  readonly level: LogLevel;
  readonly line: string;
}

/** An invocation whose log lines are kept in `logged`. */
export function invocation(overrides: Partial<Invocation> = {}): Invocation & { readonly logged: Logged[] } {
  const logged: Logged[] = [];
  return {
    id: "request-1",
    platform: "local",
    native: undefined,
    log: (level, line) => logged.push({ level, line }),
    logged,
    ...overrides,
  };
}

export function post(
  service: Service,
  body: unknown,
  headers: Record<string, string> = JSON_HEADERS,
  path = "/predict",
): Promise<InferenceResponse> {
  const bytes = typeof body === "string" || body instanceof Uint8Array || body === undefined;
  return service.handle(request({ headers, path, body: bytes ? body : JSON.stringify(body) }), invocation());
}

export function get(service: Service, path: string, headers: Record<string, string> = {}): Promise<InferenceResponse> {
  return service.handle(request({ method: "GET", path, headers }), invocation());
}

// biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
export function jsonOf(response: InferenceResponse): any {
  if (typeof response.body !== "string") throw new Error("the body is bytes, not text");
  return JSON.parse(response.body);
}

/** Everything a client can read of a response, as one text. */
export function wireText(response: InferenceResponse): string {
  const { status, headers } = response;
  return `${status}\n${JSON.stringify(headers)}\n${bytesOf(response).toString("latin1")}`;
}

/** The bytes of a body that is in memory. */
export function bytesOf({ body }: InferenceResponse): Buffer {
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body as string);
  throw new Error("the body is a stream");
}
