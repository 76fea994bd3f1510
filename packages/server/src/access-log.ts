import type { LogSink } from "@tricast/core";
import { accessLog, type Recorder } from "@tricast/core/adapter";
import { SERVER } from "./platform.ts";

export interface AccessLog {
  readonly record: Recorder;
  flush(): void;
}

/**
 * Writes a line for each request, or for a fraction of them from 0 to 1. Lines of one turn of the event loop are written
 * together.
 */
export function createAccessLog(fraction: number): AccessLog {
  const write = accessLog(SERVER, fraction);
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) process.stdout.write(lines.join(""));
    lines = [];
  };
  const log: LogSink = (_level, line) => {
    if (lines.length === 0) setImmediate(flush);
    lines.push(`${line}\n`);
  };
  return { record: (record) => write?.({ ...record, invocation: { ...record.invocation, log } }), flush };
}
