import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyPredictor } from "@tricast/core";
import * as ours from "@tricast/core";
import * as adapter from "@tricast/core/adapter";
import { get, jsonOf, post } from "./support/calls.ts";
import { bundledCopy } from "./support/copy.ts";

/** A bundle and a layer may each carry a core; `bundledCopy` makes a second one the way a bundler does. */
const core = { ...ours, ...adapter };
const other: typeof core = await bundledCopy();

test("the second copy is another copy", () => {
  assert.notEqual(other.TricastError, core.TricastError);
  assert.notEqual(other.createService, core.createService);
});

test("each copy knows the other's errors and predictors", () => {
  assert.ok(core.isTricastError(new other.TricastError("internal", "x")));
  assert.ok(other.isTricastError(new core.TricastError("internal", "x")));
  assert.ok(core.isPredictor(other.definePredictor({ name: "a", predict: () => 1 })));
  assert.ok(other.isPredictor(core.definePredictor({ name: "a", predict: () => 1 })));
});

test("an error thrown with one copy is answered by the other with its code and message", async () => {
  const predictor = other.definePredictor({
    name: "a",
    predict: () => {
      throw new other.TricastError("forbidden", "not for you");
    },
  });
  const response = await post(core.createService(predictor), 1);
  assert.deepEqual([response.status, jsonOf(response).detail], [403, "not for you"]);
});

test("the copies are one instance, with one cold start between them", async () => {
  const predictor = core.definePredictor({ name: "a", predict: () => 1 });
  const answers = [
    await get(core.createService(predictor), "/health"),
    await get(other.createService(predictor), "/health"),
  ];
  const [first, second] = answers.map(({ headers }) => headers["x-tricast-instance"]);
  assert.equal(first, second);
  const fresh = await post(other.createService(predictor), 1);
  assert.equal(fresh.headers["x-tricast-cold-start"], "false");
});

/** Three ways to say what to load, each of which the copies must load once between them. */
const SHARED: Record<string, (load: () => Promise<number>) => AnyPredictor[]> = {
  "a source": (load) => {
    const model = { uri: "memory", load };
    const predictor = core.definePredictor({ name: "a", model, predict: (_input, { model }) => model });
    return [predictor, predictor];
  },
  "sources of one key": (load) =>
    [core, other].map(({ definePredictor }) =>
      definePredictor({
        name: "a",
        model: { uri: "memory", key: "copies", load },
        predict: (_input, { model }) => model,
      }),
    ),
  "a load function": (load) => {
    const predictor = core.definePredictor({ name: "a", load, predict: (_input, { model }) => model });
    return [predictor, predictor];
  },
};

for (const [what, define] of Object.entries(SHARED)) {
  test(`${what} is loaded once by both copies`, async () => {
    let loads = 0;
    const predictors = define(async () => ++loads);
    const services = [core.createService(predictors[0]!), other.createService(predictors[1]!)];
    const answers = await Promise.all(services.map((service) => post(service, 1)));
    assert.deepEqual(
      answers.map(({ body }) => body),
      ["1", "1"],
    );
    assert.equal(loads, 1);
  });
}
