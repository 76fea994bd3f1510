import type { LogLevel, LogOrigin } from "./log.ts";

/** version "-" trace-id "-" parent-id "-" trace-flags: www.w3.org/TR/trace-context, 3.2; later versions may add to it. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

const SEVERITY: Record<LogLevel, string> = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" };

/** The special members of Google's Cloud Logging: cloud.google.com/logging/docs/structured-logging */
export function cloudLoggingHead(
  level: LogLevel,
  message: string,
  origin: LogOrigin | undefined,
): Record<string, unknown> {
  const head: Record<string, unknown> = { severity: SEVERITY[level], message, time: new Date().toISOString() };
  if (origin === undefined) return head;
  head["logging.googleapis.com/labels"] = { execution_id: origin.id };
  const [, traceId, spanId, flags] = TRACEPARENT.exec(origin.traceparent ?? "") ?? [];
  if (traceId === undefined || flags === undefined) return head;
  const project = process.env.GOOGLE_CLOUD_PROJECT ?? process.env.GCLOUD_PROJECT;
  head["logging.googleapis.com/trace"] = project === undefined ? traceId : `projects/${project}/traces/${traceId}`;
  head["logging.googleapis.com/spanId"] = spanId;
  head["logging.googleapis.com/trace_sampled"] = (Number.parseInt(flags, 16) & 1) === 1;
  return head;
}
