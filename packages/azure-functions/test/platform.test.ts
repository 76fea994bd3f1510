import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLevel } from "@tricast/core";
import { createLogger } from "@tricast/core/adapter";
import { AZURE_FUNCTIONS } from "../src/platform.ts";

test("a line goes to the invocation's own log, which adds the time and the level", () => {
  const logged: [LogLevel, string][] = [];
  const log = (level: LogLevel, line: string): void => void logged.push([level, line]);
  createLogger(AZURE_FUNCTIONS, { id: "request-1", log }).warn("a", {
    rows: 3,
  });
  assert.deepEqual(logged, [["warn", JSON.stringify({ message: "a", requestId: "request-1", rows: 3 })]]);
});
