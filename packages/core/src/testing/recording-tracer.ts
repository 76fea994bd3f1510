import type { Span, SpanEnd, SpanStart, Tracer } from "../trace.ts";

/** Keeps every span, for the suite to look at. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];

  startSpan(start: SpanStart): RecordedSpan {
    const span = new RecordedSpan(start);
    this.spans.push(span);
    return span;
  }

  /** The spans of whole requests: loading a model has one of its own. */
  get requests(): readonly RecordedSpan[] {
    return this.spans.filter(({ start }) => start.kind === "server");
  }
}

let made = 0;

export class RecordedSpan implements Span {
  readonly start: SpanStart;
  readonly traceparent = `00-${"5".repeat(32)}-${(++made).toString(16).padStart(16, "0")}-01`;
  readonly children: RecordedSpan[] = [];
  /** One for each call: a span must be ended once. */
  readonly ends: SpanEnd[] = [];

  constructor(start: SpanStart) {
    this.start = start;
  }

  child(name: string): RecordedSpan {
    const span = new RecordedSpan({ name, kind: "internal" });
    this.children.push(span);
    return span;
  }

  run<T>(work: () => T): T {
    return work();
  }

  end(end: SpanEnd = {}): void {
    this.ends.push(end);
  }
}
