import assert from "node:assert/strict";
import { it } from "node:test";
import { outcomeOf } from "../../scripts/check/conformance.ts";

it("takes a conformance program at its closing line, and nothing compared for nothing run", () => {
  assert.equal(outcomeOf("a\n3 passed, 0 failed\n"), "ok");
  assert.equal(outcomeOf("3 passed, 1 failed\n"), "failed");
  assert.equal(outcomeOf("0 passed, 0 failed\n"), "not run");
  assert.equal(outcomeOf("3 passed, 0 failed\nand then it broke"), "failed");
  assert.equal(outcomeOf(""), "failed");
});
