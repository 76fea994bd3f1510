import assert from "node:assert/strict";
import { it } from "node:test";
import { outcomeOf } from "../../scripts/check/conformance.ts";

it("reads the result of a conformance program from its last line; nothing compared means not run", () => {
  assert.equal(outcomeOf("a\n3 passed, 0 failed\n"), "ok");
  assert.equal(outcomeOf("3 passed, 1 failed\n"), "failed");
  assert.equal(outcomeOf("0 passed, 0 failed\n"), "not run");
  assert.equal(outcomeOf("3 passed, 0 failed\nand then it broke"), "failed");
  assert.equal(outcomeOf(""), "failed");
  const runner = (pass: number, fail: number, skipped = 0) =>
    `✔ reads (1.2ms)\nℹ tests ${pass + fail}\nℹ suites 0\nℹ pass ${pass}\nℹ fail ${fail}\nℹ cancelled 0\nℹ skipped ${skipped}\nℹ todo 0\nℹ duration_ms 9.5\n`;
  assert.equal(outcomeOf(runner(15, 0)), "ok");
  assert.equal(outcomeOf(runner(14, 1)), "failed");
  assert.equal(outcomeOf(runner(0, 0)), "not run");
  assert.equal(outcomeOf(runner(28, 0, 7)), "not run");
  assert.equal(outcomeOf(runner(28, 1, 7)), "failed");
});
