import type { LogSink } from "@tricast/core";
import { accessLog, type Recorder, type RequestRecord } from "@tricast/core/adapter";
import { SERVER } from "./platform.ts";

/** Writes a line for each request, or for a fraction of them. Lines of one turn of the event loop are written together. */
export class AccessLog {
  private readonly write: Recorder | undefined;
  private lines: string[] = [];

  /** @param fraction A fraction of the requests from 0 to 1. */
  constructor(fraction: number) {
    this.write = accessLog(SERVER, fraction);
  }

  record(record: RequestRecord): void {
    this.write?.({ ...record, invocation: { ...record.invocation, log: this.sink } });
  }

  flush(): void {
    if (this.lines.length === 0) return;
    const text = this.lines.join("");
    this.lines = [];
    process.stdout.write(text);
  }

  private readonly sink: LogSink = (_level, line) => {
    if (this.lines.length === 0) setImmediate(() => this.flush());
    this.lines.push(`${line}\n`);
  };
}
