import { createLogger, type Invocation, type LogSink } from "@tricast/core";

export interface Access {
  readonly invocation: Invocation;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly seconds: number;
  readonly bytes: number;
}

/** One line for each request, or for a share of them. Lines of one turn of the event loop are written together. */
export class AccessLog {
  private readonly share: number;
  private lines: string[] = [];

  /** @param share From 0, none, to 1, all. */
  constructor(share: number) {
    this.share = share;
  }

  /** Whether this request gets a line. */
  get samples(): boolean {
    return this.share > 0 && (this.share === 1 || Math.random() < this.share);
  }

  write({ invocation, seconds, ...access }: Access): void {
    const log = createLogger(invocation.platform, { ...invocation, log: this.sink });
    log.info("request", { ...access, ms: Math.round(seconds * 1e6) / 1e3 });
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
