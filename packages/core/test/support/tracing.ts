import { type Span, type SpanEnd, type SpanStart, setTracer, type Tracer } from "@tricast/core/adapter";

export interface RecordedSpan {
  readonly name: string;
  readonly parent: string | undefined;
  readonly start: SpanStart | undefined;
  readonly end: SpanEnd;
}

/** Keeps every span that ends while `work` runs, in the order of their ends. */
export async function recordSpans(work: () => unknown): Promise<RecordedSpan[]> {
  const ended: RecordedSpan[] = [];
  let count = 0;
  const open = (name: string, parent: string | undefined, start: SpanStart | undefined): Span => {
    const traceparent = `00-${"a".repeat(32)}-${String(++count).padStart(16, "0")}-01`;
    return {
      traceparent,
      child: (child) => open(child, name, undefined),
      run: (inner) => inner(),
      end: (end = {}) => ended.push({ name: end.name ?? name, parent, start, end }),
    };
  };
  const tracer: Tracer = { startSpan: (start) => open(start.name, undefined, start) };
  setTracer(tracer);
  try {
    await work();
  } finally {
    setTracer(undefined);
  }
  return ended;
}
