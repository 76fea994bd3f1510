import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { chooseVersion, type Weights } from "../../src/versions/choose-version.ts";
import { murmur3 } from "../../src/versions/murmur3.ts";

const KEYS = Array.from({ length: 40_000 }, (_, index) => `user-${index}`);

function shares(weights: Weights, keys: readonly string[] = KEYS): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const version = chooseVersion(weights, key);
    counts[version] = (counts[version] ?? 0) + 1 / keys.length;
  }
  return counts;
}

describe("murmur3", () => {
  it("is MurmurHash3_x86_32, as its published vectors say", () => {
    const vectors: readonly (readonly [string, number, number])[] = [
      ["", 0, 0],
      ["", 1, 0x514e28b7],
      ["", 0xffffffff, 0x81f16f39],
      ["a", 0x9747b28c, 0x7fa09ea6],
      ["aa", 0x9747b28c, 0x5d211726],
      ["aaa", 0x9747b28c, 0x283e0130],
      ["aaaa", 0x9747b28c, 0x5a97808a],
      ["abc", 0, 0xb3dd93fa],
      ["test", 0, 0xba6bd213],
      ["Hello, world!", 0x9747b28c, 0x24884cba],
      ["ππππππππ", 0x9747b28c, 0xd58063c1],
      ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
    ];
    for (const [text, seed, hash] of vectors)
      assert.equal(murmur3(Buffer.from(text), seed), hash, JSON.stringify(text));
  });
});

describe("chooseVersion", () => {
  it("always chooses the same, so that other programs can choose alike", () => {
    const chosen = ["user-0", "user-1", "user-2", "", "ключ", "user-21"].map((key) =>
      chooseVersion({ v7: 90, v8: 10 }, key),
    );
    assert.deepEqual(chosen, ["v7", "v7", "v8", "v7", "v7", "v7"]);
  });

  it("gives each version its share", () => {
    const rollouts: readonly Weights[] = [
      { v7: 90, v8: 10 },
      { v1: 1, v2: 1 },
      { a: 1, b: 2, c: 7 },
      { v9: 999, v10: 1 },
    ];
    for (const weights of rollouts) {
      const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
      const found = shares(weights);
      for (const [version, weight] of Object.entries(weights)) {
        const share = weight / sum;
        // Four standard deviations of a binomial share.
        const slack = 4 * Math.sqrt((share * (1 - share)) / KEYS.length);
        assert.ok(Math.abs((found[version] ?? 0) - share) < slack, `${version}: ${found[version]} for ${share}`);
      }
    }
  });

  it("shares evenly also where keys differ in little", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x100 + index));
    assert.ok(Math.abs((shares({ v7: 90, v8: 10 }, keys).v8 ?? 0) - 0.1) < 0.01);
  });

  it("moves keys to the version that grows and none between the others", () => {
    const weight = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 2, maxLength: 5 }),
        fc.nat(),
        weight,
        fc.string(),
        (all, which, more, key) => {
          const before = Object.fromEntries(all.map((one, index) => [`v${index}`, one]));
          const grown = `v${which % all.length}`;
          const after = { ...before, [grown]: (before[grown] as number) + more };
          const [from, to] = [chooseVersion(before, key), chooseVersion(after, key)];
          assert.ok(from === to || to === grown);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("moves keys from v7 to v8 only when a rollout goes from 10 to 20 per cent", () => {
    let moved = 0;
    for (const key of KEYS) {
      const [from, to] = [chooseVersion({ v7: 90, v8: 10 }, key), chooseVersion({ v7: 80, v8: 20 }, key)];
      if (from === to) continue;
      assert.deepEqual([from, to], ["v7", "v8"]);
      moved++;
    }
    assert.ok(Math.abs(moved / KEYS.length - 0.1) < 0.008, String(moved));
  });

  it("needs only the ratio of the weights, and not their order", () => {
    for (const key of KEYS.slice(0, 2000)) {
      const chosen = chooseVersion({ v7: 9, v8: 1 }, key);
      assert.equal(chooseVersion({ v7: 90, v8: 10 }, key), chosen);
      assert.equal(chooseVersion({ v8: 1, v7: 9 }, key), chosen);
    }
  });

  it("has no choice with one version", () => assert.equal(chooseVersion({ v3: 5 }, "anything"), "v3"));
});
