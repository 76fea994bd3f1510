import { now } from "../clock.ts";
import type { Span } from "../trace.ts";

/** The steps of one prediction. `run` is validation and `predict`. */
export type Phase = "wait" | "decode" | "run" | "encode";

/** Names in `Server-Timing`, if they differ. */
const METRIC_NAMES: Partial<Record<Phase, string>> = { run: "predict" };

/** Times the phases of one request for its `Server-Timing` header, and opens a span for each if the request is traced. */
export class Phases {
  private readonly parent: Span | undefined;
  private span: Span | undefined;
  /** The current phase. */
  current: Phase | undefined;
  private startedAt = 0;
  private text = "";

  constructor(parent: Span | undefined) {
    this.parent = parent;
  }

  /** Begins a phase, and ends the one before. */
  begin(phase: Phase): void {
    const at = now();
    this.endAt(at);
    this.current = phase;
    this.startedAt = at;
    this.span = this.parent?.child(phase);
  }

  /** Runs `work` with the span of the current phase as the active one. */
  within<Args extends readonly unknown[], T>(work: (...args: Args) => T, ...args: Args): T {
    return this.span === undefined ? work(...args) : this.span.run(() => work(...args));
  }

  /** Ends the current phase. `error` is the code of its error, if it failed; the header omits failed phases. */
  end(error?: string): void {
    this.endAt(now(), error);
  }

  add(name: string, milliseconds: number): void {
    const metric = print(name, milliseconds);
    this.text = this.text === "" ? metric : `${this.text}, ${metric}`;
  }

  /** The value of the `Server-Timing` header; empty when no phase has ended. */
  toString(): string {
    return this.text;
  }

  private endAt(at: number, error?: string): void {
    const { current: phase } = this;
    if (phase === undefined) return;
    if (error === undefined) this.add(METRIC_NAMES[phase] ?? phase, at - this.startedAt);
    this.span?.end({ error, failed: error !== undefined });
    this.current = undefined;
    this.span = undefined;
  }
}

/** Formatting a fraction takes longer than a short phase, so the texts of the first millisecond are kept. */
const printed = new Map<string, string[]>();
const KEPT_MICROSECONDS = 1000;

function print(name: string, milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds >= KEPT_MICROSECONDS || microseconds < 0) return `${name};dur=${microseconds / 1000}`;
  let texts = printed.get(name);
  if (texts === undefined) {
    // Allocated at full length: V8 turns an array that is filled from the middle into a hash table.
    texts = new Array<string>(KEPT_MICROSECONDS);
    printed.set(name, texts);
  }
  texts[microseconds] ??= `${name};dur=${microseconds / 1000}`;
  return texts[microseconds] as string;
}
