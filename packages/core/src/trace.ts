export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  /** `server` is the span of a whole request. */
  readonly kind: "server" | "internal";
  /** Milliseconds since the epoch. Default: now. */
  readonly startedAt?: number | undefined;
  /** Headers of the request, which may carry the trace context of its caller. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** W3C trace context of the caller, if the platform has it outside the headers or converted it. */
  readonly traceparent?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

export interface SpanEnd {
  /** Replaces the name of the span: the route of a request is only known at its end. */
  readonly name?: string | undefined;
  readonly attributes?: Attributes | undefined;
  /** Code of the error it ended with. */
  readonly error?: string | undefined;
  /** Whether the span failed. A client's error (status below 500) is not a failure of the server. */
  readonly failed?: boolean | undefined;
}

/** One operation of a trace. A span that never ends is not exported. */
export interface Span {
  /** W3C trace context of this span, for `predict` to pass on. */
  readonly traceparent: string;
  /** Begins a span within this one. */
  child(name: string): Span;
  /** Runs `work` with this span as the active one: spans that other libraries begin in it become its children. */
  run<T>(work: () => T): T;
  /** Ends the span; called once. */
  end(end?: SpanEnd): void;
}

/** Begins spans and sends them somewhere. The core opens the same spans on every host; exporting them is the tracer's part. */
export interface Tracer {
  startSpan(start: SpanStart): Span;
}
