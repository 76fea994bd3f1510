import assert from "node:assert/strict";
import { test } from "node:test";
import { http } from "@google-cloud/functions-framework";
import { getFunction } from "@google-cloud/functions-framework/testing";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import { checkName } from "../src/check-name.ts";
import { cloudFunctions, cloudFunctionsEvent } from "../src/index.ts";

const predictor = definePredictor({ name: "options-test", load: () => ({}), predict: () => ({ ok: true }) });

test("an unknown option is refused with the nearest there is", () => {
  assert.throws(() => cloudFunctions(predictor, { basepath: "/x" } as never), {
    code: "invalid-option",
    message: /did you mean "basePath"\?/,
  });
  assert.throws(() => cloudFunctionsEvent(predictor, { nme: "x" } as never), {
    code: "invalid-option",
    message: /did you mean "name"\?/,
  });
});

test("a name that the framework refuses is refused with the rule", () => {
  for (const name of ["", "1st", "a.b", "ends-", "x".repeat(64)]) {
    assert.throws(() => cloudFunctions(predictor, { name }), { code: "invalid-option", message: /1 to 63 letters/ });
  }
});

test("a name is refused exactly where the framework refuses it", () => {
  const throws = (work: () => void): boolean => {
    try {
      work();
      return false;
    } catch {
      return true;
    }
  };
  const letters = fc.constantFrom(..."aZ09-_. /\né");
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: letters, minLength: 1, maxLength: 66 })), (name) => {
      assert.equal(
        throws(() => checkName(name)),
        throws(() => http(name, () => {})),
        JSON.stringify(name),
      );
    }),
    { numRuns: 1_000 },
  );
});

test("registers under the predictor's name, with the parameters the framework counts", () => {
  const http = cloudFunctions(predictor);
  assert.equal(getFunction("options-test"), http);
  assert.equal(http.length, 2);
  const event = cloudFunctionsEvent(predictor, { name: "events" });
  assert.equal(getFunction("events"), event);
  assert.equal(event.length, 1);
});

test("outside the framework's program no signal listener is added", () => {
  cloudFunctions(predictor);
  assert.equal(process.listenerCount("SIGTERM"), 0);
  assert.equal(process.listenerCount("SIGINT"), 0);
});
