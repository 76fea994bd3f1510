import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { LogLevel } from "@tricast/core";
import { createLogger } from "@tricast/core/adapter";
import { AWS_LAMBDA } from "../src/platform.ts";

const TYPE = "AWS_LAMBDA_INITIALIZATION_TYPE";
afterEach(() => {
  delete process.env[TYPE];
});

test("a line has the members of Lambda's own JSON log format", () => {
  const levels: readonly LogLevel[] = ["info", "warn", "error"];
  for (const level of levels) {
    const lines: string[] = [];
    const log = (_level: LogLevel, line: string): void => void lines.push(line);
    createLogger(AWS_LAMBDA, { id: "request-1", log })[level]("a", {
      rows: 3,
    });
    const { timestamp, ...rest } = JSON.parse(lines[0]!);
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, { level: level.toUpperCase(), requestId: "request-1", message: "a", rows: 3 });
  }
});

test("the four initialization types are reported, and any other value is on-demand", () => {
  const values = ["on-demand", "provisioned-concurrency", "snap-start", "lambda-managed-instances"];
  for (const value of values) {
    process.env[TYPE] = value;
    assert.equal(AWS_LAMBDA.initializationType?.(), value);
  }
  process.env[TYPE] = "something-new";
  assert.equal(AWS_LAMBDA.initializationType?.(), "on-demand");
  delete process.env[TYPE];
  assert.equal(AWS_LAMBDA.initializationType?.(), "on-demand");
});

test("only Managed Instances serve several requests at a time", () => {
  assert.equal(AWS_LAMBDA.servesMany?.(), false);
  process.env[TYPE] = "provisioned-concurrency";
  assert.equal(AWS_LAMBDA.servesMany?.(), false);
  process.env[TYPE] = "lambda-managed-instances";
  assert.equal(AWS_LAMBDA.servesMany?.(), true);
});
