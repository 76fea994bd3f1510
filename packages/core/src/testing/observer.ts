import assert from "node:assert/strict";
import { after, before } from "node:test";
import { ERRORS, type ErrorCode } from "../errors.ts";
import { currentTracer, setTracer } from "../tracer.ts";
import type { CapturedLogs, LogLine } from "./captured-logs.ts";
import { type RecordedSpan, RecordingTracer } from "./recording-tracer.ts";
import { withEnvironment } from "./suite.ts";
import type { WireRequest } from "./wire.ts";

/** The span and record that a request must leave. */
export interface Trail {
  readonly status: number;
  /** Method and route of the span. Default: neither they nor the operation are asserted, because a host may have other routes. */
  readonly name?: string;
  readonly operation?: string;
  readonly code?: ErrorCode;
  /** Inner spans, without `wait`, the span of waiting for the model or for a turn. Default: not asserted. */
  readonly phases?: readonly string[];
}

/** Reads the spans and records that requests leave. */
export class Observer {
  private readonly tracer = new RecordingTracer();
  private readonly captured: CapturedLogs;
  private spansBefore = 0;
  private mark = 0;

  constructor(captured: CapturedLogs) {
    this.captured = captured;
  }

  /** Sets the tracer and the access log, while the cases of a theme run. */
  watch(): void {
    withEnvironment({ TRICAST_ACCESS_LOG: "1", TRICAST_LOG_LEVEL: "info" });
    const kept = currentTracer();
    before(() => setTracer(this.tracer));
    after(() => setTracer(kept));
  }

  begin(): void {
    this.spansBefore = this.tracer.requests.length;
    this.mark = this.captured.mark();
  }

  /** Asserts that since `begin` there was neither a span nor a record. */
  async assertNone(): Promise<void> {
    // A span that has not ended is not exported, so it does not count.
    const spans = this.begun().filter(({ ends }) => ends.length > 0);
    assert.deepEqual([spans.length, (await this.records(0)).length], [0, 0], "neither span nor record");
  }

  /** Spans of requests that began since `begin`. */
  begun(): readonly RecordedSpan[] {
    return this.tracer.requests.slice(this.spansBefore);
  }

  /** Records are read as lines of the access log, which every host can write. */
  private records(count: number): Promise<readonly LogLine[]> {
    return this.captured.since(this.mark, ({ operation, ms }) => operation !== undefined && ms !== undefined, count);
  }

  /** Asserts that since `begin` there was one span and one record, and that their values agree. */
  async assertOne(wire: WireRequest, bytes: number | undefined, trail: Trail): Promise<void> {
    const { status, name, operation, code, phases } = trail;
    const records = await this.records(1);
    const spans = this.begun();
    assert.deepEqual([spans.length, records.length], [1, 1], "one span and one record");
    const [span] = spans;
    const [record] = records;
    const [end] = span?.ends ?? [];
    assert.equal(span?.ends.length, 1, "the span ended once");
    assert.equal(span?.start.attributes?.["http.request.method"], wire.method);
    assert.equal(end?.error, code);
    if (name !== undefined) assert.equal(end?.name, name);
    assert.equal(end?.attributes?.["http.response.status_code"], status);
    assert.equal(end?.failed ?? false, Math.max(status, code === undefined ? 0 : ERRORS[code].status) >= 500);
    const within = span?.children.map((child) => child.start.name).filter((name) => name !== "wait");
    if (phases !== undefined) assert.deepEqual(within, phases);
    for (const child of span?.children ?? []) assert.equal(child.ends.length, 1, `${child.start.name} ended once`);
    assert.deepEqual([record?.method, record?.status, record?.code], [wire.method, status, code]);
    if (operation !== undefined) assert.equal(record?.operation, operation);
    if (bytes !== undefined) assert.equal(record?.bytes, bytes);
    assert.equal(typeof record?.ms, "number");
  }
}
