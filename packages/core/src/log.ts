import { toLogText } from "./loggable.ts";
import type { Invocation, Platform } from "./seam.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Receives one finished line, without its newline. */
export type LogSink = (level: LogLevel, line: string) => void;

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: one JSON line a call, in the form the platform indexes. An `Error` among the fields keeps its stack. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Our levels, and the two that Lambda has besides. */
const THRESHOLDS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(RANK),
  ["trace", RANK.debug],
  ["fatal", RANK.error],
]);

/**
 * A logger for one invocation, or for the instance when there is none.
 * The level is `TRICAST_LOG_LEVEL`, else `AWS_LAMBDA_LOG_LEVEL`, else `info`.
 */
export function createLogger(platform: Platform, invocation?: Invocation): Logger {
  const sink = invocation?.log ?? toStandardOutput;
  const write = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (RANK[level] < threshold()) return;
    try {
      sink(level, formatLine(platform, invocation, level, message, fields));
    } catch {
      // A log that cannot be written has nowhere to say so, and must not fail the prediction it was about.
    }
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}

/** Read at each line and not kept: Azure replaces the whole environment after the worker process has started. */
function threshold(): number {
  const set = (process.env.TRICAST_LOG_LEVEL ?? process.env.AWS_LAMBDA_LOG_LEVEL ?? "info").toLowerCase();
  return THRESHOLDS.get(set) ?? RANK.info;
}

/** Not `console`: Lambda's runtime would wrap our JSON into a second one. */
function toStandardOutput(_level: LogLevel, line: string): void {
  process.stdout.write(`${line}\n`);
}

type LineHead = (level: LogLevel, message: string, invocation: Invocation | undefined) => Record<string, unknown>;

/** How a line begins on each platform. */
const HEADS: Record<Platform, LineHead> = {
  // The member names of Lambda's own JSON log format, so one query finds both kinds of line.
  "aws-lambda": (level, message, invocation) => ({
    timestamp: new Date().toISOString(),
    level: level.toUpperCase(),
    requestId: invocation?.id,
    message,
  }),
  "azure-functions": (_level, message, invocation) => ({ message, requestId: invocation?.id }),
  // Cloud Logging's special members: cloud.google.com/logging/docs/structured-logging
  "cloud-functions": cloudLoggingHead,
  server: (level, message, invocation) => (isOnGoogle() ? cloudLoggingHead : plainHead)(level, message, invocation),
  local: plainHead,
};

function plainHead(level: LogLevel, message: string, invocation: Invocation | undefined): Record<string, unknown> {
  return { time: new Date().toISOString(), level, message, requestId: invocation?.id };
}

/** A container on Cloud Run (its container contract) or Vertex AI (its custom container requirements). */
function isOnGoogle(): boolean {
  return process.env.K_SERVICE !== undefined || process.env.AIP_MODE !== undefined;
}

/** version "-" trace-id "-" parent-id "-" trace-flags: www.w3.org/TR/trace-context, 3.2; later versions may add to it. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

const SEVERITY: Record<LogLevel, string> = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" };

function cloudLoggingHead(level: LogLevel, message: string, invocation?: Invocation): Record<string, unknown> {
  const head: Record<string, unknown> = { severity: SEVERITY[level], message, time: new Date().toISOString() };
  if (invocation === undefined) return head;
  head["logging.googleapis.com/labels"] = { execution_id: invocation.id };
  const [, traceId, spanId, flags] = TRACEPARENT.exec(invocation.traceparent ?? "") ?? [];
  if (traceId === undefined || flags === undefined) return head;
  const project = process.env.GOOGLE_CLOUD_PROJECT ?? process.env.GCLOUD_PROJECT;
  head["logging.googleapis.com/trace"] = project === undefined ? traceId : `projects/${project}/traces/${traceId}`;
  head["logging.googleapis.com/spanId"] = spanId;
  head["logging.googleapis.com/trace_sampled"] = (Number.parseInt(flags, 16) & 1) === 1;
  return head;
}

function formatLine(
  platform: Platform,
  invocation: Invocation | undefined,
  level: LogLevel,
  message: string,
  fields: LogFields | undefined,
): string {
  return toLogText({ ...fields, ...HEADS[platform](level, message, invocation) });
}
