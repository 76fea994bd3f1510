import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { LogLevel } from "@tricast/core";
import { cloudLoggingHead, createLogger, type Invocation, LOCAL, type PlatformTraits } from "@tricast/core/adapter";
import fc from "fast-check";
import { invocation } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const GOOGLE: PlatformTraits = { name: "google", logHead: cloudLoggingHead };
const ACME: PlatformTraits = {
  name: "acme",
  logHead: (level, message, invocation) => ({ message, severity: level, requestId: invocation?.id }),
};
const PLATFORMS = [LOCAL, GOOGLE, ACME];
const VARIABLES = ["TRICAST_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];

function withEnvironment(values: Record<string, string> = {}): void {
  for (const name of VARIABLES) delete process.env[name];
  Object.assign(process.env, values);
}
withEnvironment();
afterEach(() => withEnvironment());

function lineOf(platform: PlatformTraits, level: LogLevel, fields?: object, call: Partial<Invocation> = {}) {
  const { logged, ...rest } = invocation({ platform: platform.name, ...call });
  process.env.TRICAST_LOG_LEVEL = "debug";
  createLogger(platform, rest)[level]("the message", fields as Record<string, unknown> | undefined);
  assert.equal(logged.length, 1);
  const { level: at, line } = logged[0]!;
  assert.equal(at, level);
  assert.ok(!line.includes("\n"), "a line is one line");
  return JSON.parse(line);
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("on Google a line has severity, and the trace of its request under the project's name", () => {
  const severities = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" };
  withEnvironment({ GOOGLE_CLOUD_PROJECT: "my-project" });
  for (const level of LEVELS) {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    const { time, ...rest } = lineOf(GOOGLE, level, { rows: 3 }, { traceparent });
    assert.match(time, ISO);
    assert.deepEqual(rest, {
      severity: severities[level],
      message: "the message",
      rows: 3,
      "logging.googleapis.com/labels": { execution_id: "request-1" },
      "logging.googleapis.com/trace": `projects/my-project/traces/${TRACE}`,
      "logging.googleapis.com/spanId": SPAN,
      "logging.googleapis.com/trace_sampled": true,
    });
  }
});

test("the trace is sampled when its flag says so, and the project may have its older name or none", () => {
  const trace = (flags: string) => lineOf(GOOGLE, "info", {}, { traceparent: `00-${TRACE}-${SPAN}-${flags}` });
  assert.equal(trace("00")["logging.googleapis.com/trace_sampled"], false);
  assert.equal(trace("03")["logging.googleapis.com/trace_sampled"], true);
  assert.equal(trace("02")["logging.googleapis.com/trace_sampled"], false);
  assert.equal(trace("01")["logging.googleapis.com/trace"], TRACE);
  withEnvironment({ GCLOUD_PROJECT: "older" });
  assert.equal(trace("01")["logging.googleapis.com/trace"], `projects/older/traces/${TRACE}`);
});

test("a trace that is malformed is no trace", () => {
  for (const traceparent of [
    "",
    "x",
    "a-b-c-d",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    "-".repeat(99),
  ]) {
    const line = lineOf(GOOGLE, "info", {}, { traceparent });
    assert.deepEqual(Object.keys(line), ["severity", "message", "time", "logging.googleapis.com/labels"], traceparent);
  }
});

test("a line begins as the platform has it, by default with time, level and message", () => {
  const { time, ...rest } = lineOf(LOCAL, "info");
  assert.match(time, ISO);
  assert.deepEqual(rest, { level: "info", message: "the message", requestId: "request-1" });
  const own = lineOf(ACME, "warn", { rows: 3 });
  assert.deepEqual(own, { message: "the message", severity: "warn", requestId: "request-1", rows: 3 });
});

test("without an invocation a line goes to standard output and names no request", async () => {
  for (const platform of PLATFORMS) {
    const lines = await captureLines(() => createLogger(platform).error("instance", { a: 1 }));
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.message, "instance");
    assert.equal(lines[0]?.a, 1);
    assert.equal(lines[0]?.requestId, undefined);
  }
});

test("levels below the threshold are not written", () => {
  const written = () => {
    const { logged, ...call } = invocation();
    const log = createLogger(LOCAL, call);
    for (const level of LEVELS) log[level]("x");
    return logged.map(({ level }) => level);
  };
  const byDefault: readonly LogLevel[] = ["info", "warn", "error"];
  assert.deepEqual(written(), byDefault);
  const thresholds: Record<string, readonly LogLevel[]> = {
    trace: LEVELS,
    DEBUG: LEVELS,
    Info: ["info", "warn", "error"],
    warn: ["warn", "error"],
    error: ["error"],
    FATAL: ["error"],
    nonsense: ["info", "warn", "error"],
    ["constructor" as string]: byDefault,
  };
  for (const [level, expected] of Object.entries(thresholds)) {
    withEnvironment({ TRICAST_LOG_LEVEL: level });
    assert.deepEqual(written(), expected, level);
    withEnvironment({ AWS_LAMBDA_LOG_LEVEL: level });
    assert.deepEqual(written(), expected, level);
  }
  withEnvironment({ TRICAST_LOG_LEVEL: "error", AWS_LAMBDA_LOG_LEVEL: "DEBUG" });
  assert.deepEqual(written(), ["error"], "our own variable goes first");
});

test("an error among the fields keeps its name, message, code, stack and causes", () => {
  const cause = Object.assign(new RangeError("root"), { code: "ENOENT" });
  const { error } = lineOf(LOCAL, "error", { error: new TypeError("outer", { cause }) });
  assert.deepEqual([error.name, error.message], ["TypeError", "outer"]);
  assert.match(error.stack, /^TypeError: outer\n {4}at /);
  assert.deepEqual([error.cause.name, error.cause.message, error.cause.code], ["RangeError", "root", "ENOENT"]);
});

test("large integers and symbols are text", () => {
  const { id, nested, symbol } = lineOf(LOCAL, "info", { id: 2n ** 70n, nested: [1n], symbol: Symbol("s") });
  assert.deepEqual([id, nested, symbol], ["1180591620717411303424", ["1"], "Symbol(s)"]);
});

test("what cannot be written is replaced in place, and the rest of the line stands", () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = [cycle];
  const broken = {
    get b(): number {
      throw new Error("broken getter");
    },
  };
  const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => [inner], "bottom");
  const toJSON = () => ({ again: cycle });
  const line = lineOf(LOCAL, "info", { cycle, broken, deep, error: new Error("e"), big: 1n, toJSON: { toJSON } });
  assert.deepEqual(line.cycle, { a: 1, self: ["[circular]"] });
  assert.equal(line.broken, "[unreadable: broken getter]");
  assert.ok(JSON.stringify(line.deep).includes("[too deep]"));
  assert.equal(line.error.message, "e");
  assert.equal(line.big, "1");
  assert.deepEqual(line.toJSON, { again: { a: 1, self: ["[circular]"] } });
  assert.equal(line.message, "the message");
});

test("fields cannot pass themselves off as the line's own members, nor break out of the line", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.constantFrom(...PLATFORMS), (fields, platform) => {
      const line = lineOf(platform, "info", { ...fields, message: "forged", level: "forged", requestId: "forged" });
      assert.equal(line.message, "the message");
      // Google's lines name the request in a label.
      assert.equal(line.requestId, platform === GOOGLE ? "forged" : "request-1");
    }),
  );
});
