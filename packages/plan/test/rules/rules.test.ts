import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkPlan, type Measurements, resolvePlan, stagesOf } from "@tricast/plan";
import { type Measured, RULES } from "@tricast/plan/tools";
import repository from "../../../../tricast.config.ts";
import { BAD_CONFIGS, type BadConfig } from "./bad-configs.ts";
import { GOOD_CONFIGS, type GoodConfig } from "./good-configs.ts";

const NOTHING: Measured = { artefacts: [], modelBytes: 0, peakMemoryBytes: undefined };

function everywhere(measured: Measured): Measurements[string] {
  return { aws: measured, azure: measured, gcp: measured };
}

function findingsIn({ config, stage, measured }: BadConfig) {
  const facts: Measurements = measured === undefined ? {} : { iris: everywhere({ ...NOTHING, ...measured }) };
  return checkPlan(resolvePlan(config, stage, facts));
}

function findingsInGood({ config, stage, measured = {} }: GoodConfig) {
  const facts = Object.entries(measured).map(([predictor, one]) => [predictor, everywhere(one)] as const);
  return checkPlan(resolvePlan(config, stage, Object.fromEntries(facts)));
}

describe("a configuration that would fail or hurt", () => {
  for (const [index, bad] of BAD_CONFIGS.entries()) {
    it(`is found by ${bad.rule} and by nothing else (${index})`, () => {
      const findings = findingsIn(bad);
      assert.deepEqual([...new Set(findings.map(({ rule }) => rule))], [bad.rule], JSON.stringify(findings, null, 2));
    });
  }

  it("exists for every rule, and each rule is in the table", () => {
    assert.ok(BAD_CONFIGS.length >= 40 && RULES.length >= 40);
    const named = [...new Set(BAD_CONFIGS.map(({ rule }) => rule))].sort();
    assert.deepEqual(named, RULES.map(({ name }) => name).sort());
  });
});

describe("a finding", () => {
  const findings = BAD_CONFIGS.flatMap(findingsIn);

  it("says where, what was seen, why it matters and how to put it right", () => {
    for (const finding of findings) {
      assert.match(finding.where, /^(aws|azure|gcp|kubernetes|ecs|sagemaker|vertex|azureMl|nginx)(\.[\w[\]-]+)*$/);
      assert.ok(finding.seen.length > 0 && finding.fix.length > 0, finding.rule);
      assert.match(finding.why, /^[A-Z$].*\.$/, finding.rule);
      assert.doesNotMatch(finding.fix, /\.$/, "a fix ends a sentence that whoever prints it writes");
    }
  });

  it("comes with the errors first", () => {
    const findings = checkPlan(
      resolvePlan({
        service: "flowers",
        predictors: { iris: {} },
        targets: { aws: { region: "eu-central-1", warmInstances: 1, ping: {}, logRetentionDays: 10 } },
      }),
    );
    assert.deepEqual(
      findings.map(({ rule, severity }) => [rule, severity]),
      [
        ["log-retention-days", "error"],
        ["ping-beside-warm", "warning"],
      ],
    );
  });

  it("is made for each predictor by itself", () => {
    const config = { service: "flowers", predictors: { iris: {}, digits: {} }, targets: {} };
    const plan = resolvePlan({ ...config, targets: { aws: { region: "eu-central-1", memoryMb: 100 } } });
    assert.deepEqual(
      checkPlan(plan).map(({ where }) => where),
      ["aws.iris.memoryMb", "aws.digits.memoryMb"],
    );
  });
});

describe("a good configuration", () => {
  for (const good of GOOD_CONFIGS) {
    it(`raises nothing: ${good.what}`, () => assert.deepEqual(findingsInGood(good), []));
  }

  it("raises nothing: the one of this repository, in every stage", () => {
    const stages = stagesOf(repository);
    assert.deepEqual(stages, ["dev", "staging", "prod"]);
    for (const stage of stages) assert.deepEqual(checkPlan(resolvePlan(repository, stage)), []);
  });

  it("is there thirty times, each with a plan of its own", () => {
    assert.ok(GOOD_CONFIGS.length >= 30);
    const plans = GOOD_CONFIGS.map(({ config, stage }) => JSON.stringify(resolvePlan(config, stage)));
    assert.equal(new Set(plans).size, GOOD_CONFIGS.length);
  });
});

describe("rules", () => {
  it("have names of their own, a reason and a source", () => {
    assert.equal(new Set(RULES.map(({ name }) => name)).size, RULES.length);
    for (const { name, why, source } of RULES) {
      assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)+$/);
      assert.match(why, /^[A-Z].*\.$/, name);
      assert.ok(source.length > 5, name);
    }
  });

  it("change no plan", () => {
    for (const { config, stage } of BAD_CONFIGS) {
      const plan = resolvePlan(config, stage);
      const before = JSON.stringify(plan);
      checkPlan(plan);
      assert.equal(JSON.stringify(plan), before);
    }
  });
});
