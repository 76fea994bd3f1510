import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { openAzureWorker } from "@tricast/pack/azure-worker";
import { checkSchedule } from "../src/ncrontab.ts";

const worker = openAzureWorker(() => {});
const { azureFunctions } = await import("../src/index.ts");
const predictor = (name: string) => definePredictor({ name, load: () => ({}), predict: () => ({ ok: true }) });

test("an unknown option is refused with the nearest there is", () => {
  assert.throws(() => azureFunctions(predictor("a"), { authLevl: "anonymous" } as never), {
    code: "invalid-option",
    message: /has no option "authLevl"; did you mean "authLevel"\?/,
  });
});

test("values out of range are refused before anything is registered", () => {
  for (const options of [
    { route: "/iris" },
    { route: "{x}" },
    { authLevel: "none" as never },
    { warmupSchedule: "5 minutes" },
  ]) {
    assert.throws(() => azureFunctions(predictor("b"), options), { code: "invalid-option" });
  }
  assert.equal(worker.functions.has("b"), false);
});

test("name, route and authLevel reach the binding; the warmup trigger can be left out", () => {
  azureFunctions(predictor("c"), { name: "named", route: "models/c", authLevel: "admin", warmupTrigger: false });
  const { trigger } = worker.functions.get("named")!;
  assert.equal(trigger.route, "models/c/{*path}");
  assert.equal(trigger.authLevel, "admin");
  assert.deepEqual(trigger.methods, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
  assert.equal(worker.functions.has("warmup"), false);
});

test("what a deployment sets counts where the code says nothing", (t) => {
  t.after(() => {
    delete process.env.TRICAST_AUTH_LEVEL;
    delete process.env.TRICAST_WARMUP_SCHEDULE;
  });
  process.env.TRICAST_AUTH_LEVEL = "anonymous";
  process.env.TRICAST_WARMUP_SCHEDULE = "0 */15 * * * *";
  azureFunctions(predictor("set"));
  azureFunctions(predictor("coded"), { authLevel: "admin", warmupSchedule: "0 0 * * * *" });
  process.env.TRICAST_AUTH_LEVEL = "";
  process.env.TRICAST_WARMUP_SCHEDULE = "";
  azureFunctions(predictor("unset"));
  const found = ["set", "coded", "unset"].map((name) => [
    worker.functions.get(name)?.trigger.authLevel,
    worker.functions.get(`${name}-warmup`)?.trigger.schedule,
  ]);
  assert.deepEqual(found, [
    ["anonymous", "0 */15 * * * *"],
    ["admin", "0 0 * * * *"],
    ["function", undefined],
  ]);
});

test("settings are refused by their own names", (t) => {
  for (const [name, value, rule] of [
    ["TRICAST_AUTH_LEVEL", "everybody", /it must be "anonymous", "function" or "admin"/],
    ["TRICAST_WARMUP_SCHEDULE", "*/5 * * * *", /Azure reads six/],
  ] as const) {
    t.after(() => delete process.env[name]);
    process.env[name] = value;
    const refused = (problem: unknown) => {
      const { code, message } = problem as { readonly code: string; readonly message: string };
      return code === "invalid-option" && message.startsWith(`${name} is "${value}"`) && rule.test(message);
    };
    assert.throws(() => azureFunctions(predictor("refused")), refused, name);
    delete process.env[name];
  }
  assert.equal(worker.functions.has("refused"), false);
});

test("several predictors share one warmup trigger", () => {
  azureFunctions(predictor("d"));
  azureFunctions(predictor("e"));
  assert.equal(worker.functions.get("warmup")?.trigger.type, "warmupTrigger");
});

test("schedules of six fields pass", () => {
  for (const schedule of [
    "0 */5 * * * *",
    "*/10 * * * * *",
    "0 0 9-17 * * MON-FRI",
    "0 30 9 1,15 Jan,jul *",
    "0 0 0 1/2 * 0-6",
    "%WARMUP_SCHEDULE%",
  ]) {
    assert.doesNotThrow(() => checkSchedule(schedule), schedule);
  }
});

test("other schedules are refused by field", () => {
  const cases: [string, RegExp][] = [
    ["*/5 * * * *", /has 5 fields.*put the seconds first, as in "0 \*\/5 \* \* \* \*"/],
    ["rate(5 minutes)", /has 2 fields/],
    ["60 * * * * *", /second is "60"/],
    ["0 0 24 * * *", /hour is "24"/],
    ["0 0 0 0 * *", /day is "0"/],
    ["0 0 0 * foo *", /month is "foo"/],
    ["0 0 0 * * 7", /day of week is "7"/],
    ["0 */0 * * * *", /minute is "\*\/0"/],
    ["0 1-2-3 * * * *", /minute is "1-2-3"/],
    ["0 ,1 * * * *", /minute is ""/],
  ];
  for (const [schedule, message] of cases)
    assert.throws(() => checkSchedule(schedule), { code: "invalid-option", message });
});
