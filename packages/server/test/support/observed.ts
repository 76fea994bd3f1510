import type { TestContext } from "node:test";
import { type Span, type SpanEnd, type SpanStart, setTracer } from "@tricast/core/adapter";

/** A span that has been begun. */
export interface SeenSpan {
  readonly name: string;
  /** Of the request that it is of, or that it is in. */
  readonly requestId: string | undefined;
  readonly start: SpanStart | undefined;
  readonly parent: SeenSpan | undefined;
  end: SpanEnd | undefined;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** What one test leaves in logs and traces. */
export interface Observed {
  /** Spans that have ended. */
  spans(requestId?: string): readonly SeenSpan[];
  lines(requestId?: string): readonly LogLine[];
}

/** Keeps every span, and every JSON line that would go to standard output. */
export function observe(t: TestContext): Observed {
  const spans: SeenSpan[] = [];
  const lines: LogLine[] = [];
  const write = process.stdout.write.bind(process.stdout) as (...given: readonly unknown[]) => boolean;
  t.mock.method(process.stdout, "write", (...given: readonly unknown[]) => {
    const [text] = given;
    if (typeof text !== "string" || !text.startsWith("{")) return write(...given);
    for (const line of text.trimEnd().split("\n")) lines.push(JSON.parse(line) as LogLine);
    return true;
  });
  setTracer({
    startSpan: (start) => {
      const seen = { name: start.name, requestId: start.headers?.["x-request-id"], start, parent: undefined };
      return toSpan({ ...seen, end: undefined }, spans);
    },
  });
  t.after(() => setTracer(undefined));
  const of = (requestId: string | undefined) => (seen: { requestId?: unknown }) =>
    requestId === undefined || seen.requestId === requestId;
  return {
    spans: (requestId) => spans.filter(({ end }) => end !== undefined).filter(of(requestId)),
    lines: (requestId) => lines.filter(of(requestId)),
  };
}

function toSpan(seen: SeenSpan, spans: SeenSpan[]): Span {
  spans.push(seen);
  const number = String(spans.length).padStart(16, "0");
  return {
    traceparent: `00-${"a".repeat(32)}-${number}-01`,
    child: (name) => {
      const { requestId } = seen;
      return toSpan({ name, requestId, start: undefined, parent: seen, end: undefined }, spans);
    },
    run: (work) => work(),
    end: (end = {}) => {
      if (seen.end !== undefined) throw new Error(`The span ${seen.name} has ended twice`);
      seen.end = end;
    },
  };
}
