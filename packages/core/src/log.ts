import { toLogText } from "./loggable.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Receives one finished line, without its newline. */
export type LogSink = (level: LogLevel, line: string) => void;

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: one JSON line per call, in the form that the platform indexes. An `Error` among the fields keeps its stack. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The origin of a line: the members of an invocation that a log needs. */
export interface LogOrigin {
  /** The platform's request id. */
  readonly id: string;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  /** Default: standard output. */
  readonly log?: LogSink | undefined;
}

/** Makes the first members of a log line. `origin` is missing in lines of the instance itself. */
export type LogHead = (
  level: LogLevel,
  message: string,
  origin: LogOrigin | undefined,
) => Readonly<Record<string, unknown>>;

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Our levels, and two more that Lambda has. */
const THRESHOLDS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(RANK),
  ["trace", RANK.debug],
  ["fatal", RANK.error],
]);

/**
 * A logger for one invocation, or without one for the instance.
 * The level is `TRICAST_LOG_LEVEL`, else `AWS_LAMBDA_LOG_LEVEL`, else `info`.
 */
export function createLogger(platform: { readonly logHead?: LogHead }, origin?: LogOrigin): Logger {
  const { logHead = plainLogHead } = platform;
  const sink = origin?.log ?? toStandardOutput;
  const write = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (RANK[level] < threshold()) return;
    try {
      const head = logHead(level, message, origin);
      // The head is first for readability, and repeated so that no field replaces one of its members.
      sink(level, toLogText({ ...head, ...fields, ...head }));
    } catch {
      // A failed write cannot be reported anywhere, and must not fail the prediction.
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

/** Not `console`: Lambda's runtime would wrap our JSON in its own. */
function toStandardOutput(_level: LogLevel, line: string): void {
  process.stdout.write(`${line}\n`);
}

export function plainLogHead(level: LogLevel, message: string, origin: LogOrigin | undefined): Record<string, unknown> {
  return { time: new Date().toISOString(), level, message, requestId: origin?.id };
}
