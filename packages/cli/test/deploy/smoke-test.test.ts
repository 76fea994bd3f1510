import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, resolvePlan } from "@tricast/plan";
import type { Deployment } from "../../src/deploy/deploy-tool.ts";
import { smokeTest } from "../../src/deploy/smoke-test.ts";
import { IRIS, type LiveOptions, startLiveEndpoint } from "../support/live-endpoint.ts";

const KEYS = { apiKey: "a key", token: undefined };

/** The smoke test of an endpoint that asks for an API key, as the plan says. */
async function tryOut(refuse: NonNullable<LiveOptions["refuse"]>, pausesMs: readonly number[] = [1, 1]) {
  const { url, requests } = await startLiveEndpoint({ refuse });
  const config: Config = {
    service: "flowers",
    predictors: { iris: { entry: IRIS } },
    targets: { aws: { region: "eu-central-1", endpoint: { kind: "rest", auth: "api-key" } } },
  };
  const deployment: Deployment = {
    target: "aws",
    plan: resolvePlan(config),
    config,
    folder: "/",
    artefacts: "/.tricast",
    env: {},
    note: () => {},
  };
  const results = await smokeTest(deployment, { iris: url }, KEYS, pausesMs);
  const strangers = requests.filter(({ headers }) => headers["x-api-key"] === undefined).length;
  return { results, stranger: results.at(-1), strangers };
}

const isStranger = (request: Parameters<NonNullable<LiveOptions["refuse"]>>[0]) =>
  request.headers["x-api-key"] === undefined;

describe("the smoke test of an endpoint that asks for credentials", () => {
  it("fails where a request without any reaches the predictor, however often it is tried", async () => {
    const { results, stranger, strangers } = await tryOut(() => undefined);
    assert.deepEqual(
      results.map(({ example, ok }) => [example, ok]),
      [
        [0, true],
        [1, true],
        [2, true],
        [undefined, false],
      ],
    );
    assert.match(
      stranger?.problem ?? "",
      /^answered \d+ to a request without credentials, but endpoint\.auth of the plan requires/,
    );
    assert.equal(strangers, 3);
  });

  it("passes where the request is refused, at once or after a moment", async () => {
    for (const status of [401, 403]) {
      const { results, strangers } = await tryOut((request) => (isStranger(request) ? status : undefined));
      assert.deepEqual([results.every(({ ok }) => ok), strangers], [true, 1]);
    }
    let before = 2;
    const late = await tryOut((request) => (isStranger(request) && before-- <= 0 ? 403 : undefined));
    assert.deepEqual([late.results.every(({ ok }) => ok), late.strangers], [true, 3]);
  });

  it("fails at once where something else answers", async () => {
    const { stranger, strangers } = await tryOut((request) => (isStranger(request) ? 404 : undefined));
    assert.deepEqual([stranger?.ok, strangers], [false, 1]);
    assert.match(stranger?.problem ?? "", /^answered 404 to a request/);
  });
});
