import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { awsCron } from "../../src/facts/aws-cron.ts";

describe("awsCron", () => {
  for (const [five, aws] of [
    ["0 8 * * 1-5", "cron(0 8 ? * 2-6 *)"],
    ["0 8 * * *", "cron(0 8 * * ? *)"],
    ["*/5 9-17 1 * *", "cron(*/5 9-17 1 * ? *)"],
    ["0 0 * * 0", "cron(0 0 ? * 1 *)"],
    ["0 0 * * 7", "cron(0 0 ? * 1 *)"],
    ["0 0 * * 6,0", "cron(0 0 ? * 1,7 *)"],
    ["0 0 * * 5-7", "cron(0 0 ? * 1,6-7 *)"],
    ["0 0 * * 1-5/2", "cron(0 0 ? * 2,4,6 *)"],
    ["0 0 * 3 mon-fri", "cron(0 0 ? 3 MON-FRI *)"],
  ] as const) {
    it(`writes ${five} as ${aws}`, () => assert.equal(awsCron(five), aws));
  }

  it("counts the same days from 1 that cron counts from 0", () => {
    const day = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 8 }), (days) => {
        const field = awsCron(`0 0 * * ${days.join(",")}`).split(" ")[4] as string;
        const read = field.split(",").flatMap((part) => {
          const [from, to = from] = part.split("-").map(Number);
          return Array.from({ length: (to as number) - (from as number) + 1 }, (_, index) => (from as number) + index);
        });
        assert.deepEqual(
          read,
          [...new Set(days.map((one) => (one % 7) + 1))].sort((a, b) => a - b),
        );
      }),
    );
  });

  it("refuses other than five fields, and says what five are", () => {
    assert.throws(() => awsCron("0 8 * * 1-5 *"), /has 6 fields; it must have five: minute, hour/);
  });

  it("refuses a day of the month together with a day of the week, which AWS has no word for", () => {
    assert.throws(() => awsCron("0 8 1 * 1"), /a day of the month and a day of the week/);
  });
});
