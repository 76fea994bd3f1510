import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, resolvePlan } from "../../src/index.ts";
import { findProblems } from "../../src/tools.ts";
import { configOn, LEAST, SAMPLES, TARGET_NAMES, type Target } from "../support/setting-samples.ts";

/** From general to specific. */
const LEVELS = ["settings", "target", "predictor", "on"] as const;
type Level = (typeof LEVELS)[number];

type Given = Partial<Record<Level, object>>;

function configOf(target: Target, { settings = {}, target: own = {}, predictor = {}, on }: Given): Config {
  return {
    ...configOn(target, own),
    settings,
    predictors: { iris: { ...predictor, ...(on && { on: { [target]: on } }) } },
  };
}

const settings = Object.entries(SAMPLES);

describe("a setting at two levels", () => {
  for (const target of TARGET_NAMES) {
    it(`has the value of the more specific one on ${target}`, () => {
      let compared = 0;
      for (const [key, [general, specific]] of settings) {
        for (const [index, level] of LEVELS.entries()) {
          for (const above of LEVELS.slice(0, index)) {
            const one = configOf(target, { [level]: { [key]: specific } });
            const both = configOf(target, { [level]: { [key]: specific }, [above]: { [key]: general } });
            if (findProblems(both).length > 0) continue;
            assert.deepEqual(resolvePlan(both), resolvePlan(one), `${key}: ${level} over ${above}`);
            compared++;
          }
        }
      }
      // Between settings and predictor at least: those levels have every key on every target.
      assert.ok(compared >= settings.length, `${compared}`);
    });
  }
});

describe("a setting at any level", () => {
  for (const target of ["aws", "azure", "gcp"] as const) {
    it(`is in the plan of ${target}`, () => {
      const isShare = (key: string) => key === "cpu" && target !== "gcp";
      for (const [key, values] of settings.filter(([key]) => !isShare(key))) {
        for (const level of LEVELS) {
          const plans = values.map((value) =>
            JSON.stringify(resolvePlan(configOf(target, { [level]: { [key]: value } }))),
          );
          assert.notEqual(plans[0], plans[1], `${key} at ${level}`);
        }
      }
    });
  }
});

describe("a setting in a stage", () => {
  for (const target of TARGET_NAMES) {
    it(`replaces that of the document at the same level on ${target}`, () => {
      for (const [key, [general, specific]] of settings) {
        for (const level of LEVELS) {
          const whole = configOf(target, { [level]: { [key]: specific } });
          const base = configOf(target, { [level]: { [key]: general } });
          if (findProblems(whole).length > 0) continue;
          const { service: _service, ...part } = whole;
          const staged = resolvePlan({ ...base, stages: { dev: part } }, "dev");
          assert.deepEqual(staged, resolvePlan({ ...whole, stages: { dev: {} } }, "dev"), `${key} at ${level}`);
        }
      }
    });
  }
});

describe("a target without settings", () => {
  for (const target of TARGET_NAMES) {
    it(`has a plan of its own and no other on ${target}`, () => {
      const { service: _service, stage: _stage, ...targets } = resolvePlan(configOn(target));
      assert.deepEqual(
        Object.entries(targets).flatMap(([name, plan]) => (plan === undefined ? [] : [name])),
        [target],
      );
      assert.deepEqual(Object.keys(targets).sort(), Object.keys(LEAST).sort());
    });
  }
});
