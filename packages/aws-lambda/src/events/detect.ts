/** The shapes of event a function is invoked with. */
export type EventKind =
  | "http-v2"
  | "http-v1"
  | "alb"
  | "lattice-v2"
  | "lattice-v1"
  | "websocket"
  | "sqs"
  | "event-bridge"
  | "unsupported"
  | "direct";

interface Marks {
  readonly requestContext?: {
    readonly http?: unknown;
    readonly elb?: unknown;
    readonly serviceArn?: unknown;
    readonly connectionId?: unknown;
  } | null;
  readonly httpMethod?: unknown;
  readonly path?: unknown;
  readonly raw_path?: unknown;
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly Records?: unknown;
  readonly "detail-type"?: unknown;
  readonly detail?: unknown;
  readonly source?: unknown;
  readonly eventSource?: unknown;
  readonly records?: unknown;
}

/**
 * Which kind of event this is, by what only that kind has. Never by `rawPath` or `version` alone: REST events
 * behind a base path mapping carry `rawPath` too, and VPC Lattice and EventBridge write a `version` as well.
 * Records of HTTP requests are inputs: an HTTP event of API Gateway or a load balancer has a `requestContext`. Every other
 * event is the input of a direct invocation.
 */
export function detectEvent(event: unknown): EventKind {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return "direct";
  const marks = event as Marks;
  const context = marks.requestContext;
  if (typeof context === "object" && context !== null) {
    if (isObject(context.http)) return "http-v2";
    if (context.elb !== undefined) return "alb";
    if (context.serviceArn !== undefined) return "lattice-v2";
    if (typeof marks.httpMethod === "string") return "http-v1";
    if (typeof context.connectionId === "string") return "websocket";
  }
  if (typeof marks.raw_path === "string" && typeof marks.method === "string" && isObject(marks.headers))
    return "lattice-v1";
  return detectTrigger(marks);
}

function detectTrigger(marks: Marks): EventKind {
  if (Array.isArray(marks.Records)) {
    const source = recordSource(marks.Records);
    if (source !== undefined) return source === "aws:sqs" ? "sqs" : "unsupported";
  }
  // Kafka keeps its records in an object, by topic and partition.
  if (isObject(marks.records) && typeof marks.eventSource === "string") return "unsupported";
  if (typeof marks["detail-type"] === "string" && typeof marks.source === "string" && "detail" in marks) {
    return "event-bridge";
  }
  return "direct";
}

/** What the first record says it comes from; SNS alone writes the name with a capital. */
export function recordSource(records: readonly unknown[]): string | undefined {
  const [first] = records;
  if (!isObject(first)) return undefined;
  const { eventSource, EventSource, cf } = first as { eventSource?: unknown; EventSource?: unknown; cf?: unknown };
  if (typeof eventSource === "string") return eventSource;
  if (typeof EventSource === "string") return EventSource;
  return isObject(cf) ? "aws:cloudfront" : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
