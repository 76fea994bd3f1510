import type { AnyPredictor } from "@tricast/core";
import {
  type Adapter,
  bind,
  createService,
  type Invocation,
  type PlatformTraits,
  pongResponse,
  recogniseHttpPing,
  type StreamedResponse,
  toBytes,
  type WarmupReport,
  type WholeResponse,
} from "@tricast/core/adapter";
import type {
  AdapterHost,
  HostOptions,
  PingDetails,
  RunningHost,
  WireRequest,
  WireResponse,
} from "@tricast/core/testing";

export const PLAIN: PlatformTraits = { name: "plain" };
const MOUNT = "/api/plain";

/** A request or a ping. Nothing is lost or changed on its way. */
export interface PlainEvent {
  readonly request: WireRequest;
  readonly ping?: PingDetails;
}

interface PlainContext {
  readonly id: string;
  readonly remainingMs: number | undefined;
}

export type PlainAdapter = Adapter<PlainEvent, PlainContext, WireResponse>;

/** The parts of a host that a test replaces, to see whether the suite finds out. */
export interface Changes {
  /** What the host says of itself, and `start`. */
  readonly host?: Partial<AdapterHost>;
  readonly adapter?: (right: PlainAdapter) => Partial<PlainAdapter>;
  readonly running?: (right: RunningHost) => Partial<RunningHost>;
  /** Of what a case asks for. */
  readonly options?: HostOptions;
}

/** A host that keeps every rule, but for the changes. */
export function plainHost(name: string, { host, adapter, running, options }: Changes = {}): AdapterHost {
  return {
    name,
    platform: PLAIN,
    mount: MOUNT,
    start(predictor, asked) {
      const right = plainAdapter(predictor, host);
      const started = run(predictor, { ...right, ...adapter?.(right) }, { ...asked, ...options });
      return { ...started, ...running?.(started) };
    },
    ...host,
  };
}

/** A host with every ability that can be said of one with pings over HTTP. */
export const ABLE = { pings: "http", deadline: "settable", streams: true, guards: true } as const;

let requests = 0;

function run(
  predictor: AnyPredictor,
  adapter: PlainAdapter,
  { remainingMs, serviceOptions }: HostOptions,
): RunningHost {
  const service = createService(predictor, { platform: adapter.platform, basePath: MOUNT, ...serviceOptions });
  const handler = bind(service, adapter);
  const invoke = (event: PlainEvent) => handler(event, { id: `plain-${++requests}`, remainingMs });
  return {
    send: (request) => invoke({ request }),
    ping: async (ping) => reportOf(await invoke({ request: NO_REQUEST, ping })),
    close: () => service.close(),
  };
}

const NO_REQUEST: WireRequest = { method: "", target: "", headers: [], body: new Uint8Array() };

function reportOf({ body }: WireResponse): WarmupReport {
  return JSON.parse(Buffer.from(body).toString());
}

function plainAdapter({ definition }: AnyPredictor, { pings, streams }: Partial<AdapterHost> = {}): PlainAdapter {
  return {
    platform: PLAIN,
    toPing({ ping, request }) {
      if (pings === "http") return recogniseHttpPing(joined(request.headers), definition.warmup?.http);
      return ping && { kind: "plain", ...ping };
    },
    toInvocation,
    toRequest: ({ request: { method, target, headers, body } }) => {
      const [path = "", ...query] = `${MOUNT}${target}`.split("?");
      return {
        method,
        path,
        query: query.join("?"),
        headers: joined(headers),
        body: body.length === 0 ? undefined : body,
      };
    },
    toResult,
    ...(streams && { toStreamedResult }),
    toPong: (report, ping) => toResult(pongResponse(ping, report)),
  };
}

function toInvocation({ request }: PlainEvent, { id, remainingMs }: PlainContext): Invocation {
  return {
    id,
    platform: PLAIN.name,
    deadline: remainingMs === undefined ? undefined : Date.now() + remainingMs,
    traceparent: joined(request.headers).traceparent,
    native: undefined,
  };
}

export function joined(headers: WireRequest["headers"]): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    record[key] = record[key] === undefined ? value : `${record[key]}${key === "cookie" ? "; " : ", "}${value}`;
  }
  return record;
}

export function toResult({ status, headers, body }: WholeResponse): WireResponse {
  return { status, headers: linesOf(headers), body: toBytes(body) };
}

function linesOf(headers: WholeResponse["headers"]): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((line): [string, string] => [name, line]),
  );
}

async function toStreamedResult({ status, headers, body }: StreamedResponse): Promise<WireResponse> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { status, headers: linesOf(headers), body: Buffer.concat(chunks) };
}
