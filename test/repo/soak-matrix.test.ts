import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COVERAGE, coverageOf } from "../support/soak/coverage.ts";
import { pickCases, soakMatrix } from "../support/soak/soak-matrix.ts";

const cases = Array.from({ length: 1204 }, (_, index) => `case ${index}`);

describe("a soak matrix", () => {
  it("picks the same cases for the same seed, and others for another seed or name", () => {
    const picked = pickCases("pushes", cases, { fraction: 0.1, seed: 7 });
    assert.equal(picked.length, 121);
    assert.deepEqual(pickCases("pushes", cases, { fraction: 0.1, seed: 7 }), picked);
    assert.notDeepEqual(pickCases("pushes", cases, { fraction: 0.1, seed: 8 }), picked);
    assert.notDeepEqual(pickCases("pulls", cases, { fraction: 0.1, seed: 7 }), picked);
  });

  it("picks each case once, in the order of the matrix, from its whole length", () => {
    const places = pickCases("pushes", cases, { fraction: 0.1, seed: 7 }).map((one) => cases.indexOf(one));
    assert.deepEqual(
      places,
      [...new Set(places)].sort((a, b) => a - b),
    );
    for (const quarter of [0, 1, 2, 3])
      assert.ok(places.filter((place) => Math.floor((4 * place) / cases.length) === quarter).length > 10);
    assert.deepEqual(pickCases("pushes", cases, { fraction: 1, seed: 7 }), cases);
  });

  it("picks every case with some seed", () => {
    const met = new Set(
      Array.from({ length: 100 }, (_, seed) => pickCases("x", cases, { fraction: 0.1, seed })).flat(),
    );
    assert.equal(met.size, cases.length);
  });

  it("picks a case of the smallest matrix, and fails without cases", () => {
    assert.equal(pickCases("x", ["only"], { fraction: 0.01, seed: 1 }).length, 1);
    assert.throws(() => soakMatrix("nothing", [], () => {}), /The matrix "nothing" has no case/);
  });

  it("states its coverage in the form that the command finds", () => {
    const coverage = coverageOf("killed pushes", 120, 1204, 7);
    assert.equal(coverage, "killed pushes: 120 of 1,204 cases (seed 7)");
    assert.match(coverage, COVERAGE);
    assert.doesNotMatch("killed pushes: each of them", COVERAGE);
  });
});
