import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findProblems, parseConfig } from "@tricast/plan/tools";
import fc from "fast-check";
import { GOOD_CONFIGS } from "../rules/good-configs.ts";

const AWS = { region: "eu-central-1" };
const MINIMAL = { service: "flowers", predictors: { iris: {} }, targets: { aws: AWS } };

/** The messages for a configuration with these settings. */
function told(settings: object): readonly string[] {
  return findProblems({ ...MINIMAL, settings }).map(({ message }) => message);
}

describe("a configuration", () => {
  it("is taken as it is when nothing is wrong", () => {
    assert.equal(parseConfig(MINIMAL), MINIMAL);
    for (const { config } of GOOD_CONFIGS) assert.deepEqual(findProblems(config), []);
  });

  it("that is none at all is said to be so", () => {
    for (const nothing of [undefined, null, 7, "flowers", [], () => MINIMAL]) {
      assert.throws(() => parseConfig(nothing), /the configuration is .*; it must be an object; known keys: service/);
    }
  });

  it("is told all its problems at once, each with its place", () => {
    const config = {
      service: "Flowers",
      predictors: { iris: { memroyMb: 512 }, "2d": {} },
      targets: { aws: { regoin: "eu-central-1" }, azur: {} },
      stages: { "Prod!": {}, staging: { settings: { memoryMb: "1 GB" } } },
    };
    assert.throws(() => parseConfig(config), {
      code: "invalid-option",
      message: [
        "the configuration has 8 problems:",
        '  - service is "Flowers"; it must be 1 to 32 lower-case letters, digits and dashes, beginning with a letter and not ending in a dash',
        '  - predictors.iris has no key "memroyMb"; did you mean "memoryMb"?',
        '  - predictors.2d: the name "2d" must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter, as in the predictor',
        "  - targets.aws.region is missing; it has no default, so set it",
        '  - targets.aws has no key "regoin"; did you mean "region"?',
        '  - targets has no key "azur"; did you mean "azure"?',
        '  - stages.Prod!: the name "Prod!" must be 1 to 16 lower-case letters and digits, beginning with a letter',
        '  - stages.staging.settings.memoryMb is "1 GB"; it must be a whole number of at least 1; write 1024 for 1 GB',
      ].join("\n"),
    });
  });

  it("with one problem is told that one without a list", () => {
    assert.throws(() => parseConfig({ ...MINIMAL, service: 5 }), /^TricastError: service is 5; it must be 1 to 32/);
  });

  it("lays stages over predictors that are there", () => {
    const stages = { prod: { predictors: { irsi: { memoryMb: 512 } } } };
    assert.throws(
      () => parseConfig({ ...MINIMAL, stages }),
      /stages\.prod\.predictors\.irsi .*; did you mean "iris"\?/,
    );
  });

  it("may leave out in a stage what its base says", () => {
    const stages = { prod: { targets: { aws: { memoryMb: 512 } }, settings: { rollout: { percent: 5 } } } };
    assert.deepEqual(findProblems({ ...MINIMAL, stages }), []);
    assert.deepEqual(
      findProblems({ ...MINIMAL, settings: { rollout: { percent: 5 } } }).map(({ path }) => path),
      ["settings.rollout.kind"],
    );
  });
});

describe("a value", () => {
  const refused: readonly (readonly [settings: object, message: RegExp])[] = [
    [{ memoryMb: 0 }, /^settings\.memoryMb is 0; it must be a whole number of at least 1/],
    [{ memoryMb: 1.5 }, /whole number/],
    [{ cpu: Number.NaN }, /^settings\.cpu is NaN; it must be a number over 0/],
    [{ architecture: "arm" }, /it must be "x64" or "arm64"/],
    [{ architecture: "arm46" }, /did you mean "arm64"\?/],
    [{ warmInstances: -1 }, /^settings\.warmInstances is -1/],
    [{ warmInstances: { minimum: 1 } }, /has no key "minimum"/],
    [
      { warmInstances: { schedule: [{ name: "x", min: 1 }] } },
      /^settings\.warmInstances\.schedule\[0\]\.at is missing/,
    ],
    [{ warmInstances: { targetUtilization: 70 } }, /a number over 0 and at most 1/],
    [{ ping: true }, /^settings\.ping is true; it must be an object.*write false to turn it off$/],
    [{ ping: { every: "90 seconds" } }, /because no scheduler of a cloud counts seconds; write "5 minutes"/],
    [{ ping: { every: 5 } }, /^settings\.ping\.every is 5/],
    [{ endpoint: { kind: "https" } }, /did you mean "http"\?/],
    [{ endpoint: { path: "iris/" } }, /it begins with a slash and ends without one/],
    [{ endpoint: { auth: "apikey" } }, /did you mean "api-key"\?/],
    [{ endpoint: { auth: { issuer: "http://x", audience: [] } } }, /an https address/],
    [{ endpoint: { cors: { origins: ["https://a.dev/"] } } }, /no path, no slash/],
    [{ endpoint: { cors: {} } }, /^settings\.endpoint\.cors\.origins is missing/],
    [
      { environment: { PORT: 80 } },
      /^settings\.environment\.PORT is 80; it must be a text or null; write numbers in quotes/,
    ],
    [{ environment: { "A-B": "x" } }, /the name "A-B" must be letters, digits and underscores/],
    [{ secrets: { A: { ssm: "/a", keyVault: "b" } } }, /exactly one of ssm, secretsManager, keyVault, secretManager/],
    [{ secrets: { A: {} } }, /exactly one of/],
    [{ secrets: { A: { vault: "x" } } }, /has no key "vault"/],
    [{ rollout: { kind: "canary", percent: 100 } }, /at most 99/],
    [{ model: 5 }, /^settings\.model is 5/],
    [{ model: { "a b": "s3://x/y" } }, /the name "a b" must be the name in models of the predictor/],
    [{ alarms: { errorPercent: 0 } }, /over 0/],
    [{ tags: ["a"] }, /^settings\.tags is an array of 1; it must be an object/],
    [{ constructor: 1 }, /has no key "constructor"/],
  ];
  for (const [settings, message] of refused) {
    it(`is refused: ${JSON.stringify(settings)}`, () => {
      const messages = told(settings);
      assert.ok(messages.length > 0);
      assert.match(messages.join("\n"), message);
    });
  }

  it("that is undefined counts as left out", () => {
    assert.deepEqual(told({ memoryMb: undefined, environment: { A: undefined } }), []);
  });

  it("of any kind never makes the check itself fail", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (settings, target) => {
        const problems = findProblems({ ...MINIMAL, settings, targets: { aws: target } });
        assert.ok(Array.isArray(problems));
      }),
    );
  });
});
