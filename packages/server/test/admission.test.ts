import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Admission } from "../src/admission/admission.ts";

const never = new AbortController().signal;
const LATER = Number.MAX_SAFE_INTEGER;

test("first come, first served", async () => {
  const admission = new Admission(1, 10);
  assert.ok(admission.begin());
  const order: number[] = [];
  const waits = [1, 2, 3].map((id) => admission.wait(LATER, never).then(() => order.push(id)));
  for (const _ of waits) {
    assert.equal(admission.begin(), false);
    admission.end();
  }
  await Promise.all(waits);
  assert.deepEqual(order, [1, 2, 3]);
  admission.end();
  assert.equal(admission.inFlight, 0);
});

test("whoever has a deadline that comes while it waits is told so, and the others go on waiting", async (t) => {
  const admission = new Admission(1, 10);
  admission.begin();
  // The server's own timer leaves that to connections.
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  const patient = admission.wait(LATER, never);
  await assert.rejects(admission.wait(Date.now() + 5, never), { code: "deadline-exceeded" });
  await assert.rejects(admission.wait(Date.now() - 5, never), { code: "deadline-exceeded" });
  assert.equal(admission.queued, 1);
  admission.end();
  await patient;
});

test("a signal that has aborted already does not wait", async () => {
  const admission = new Admission(1, 10);
  admission.begin();
  await assert.rejects(admission.wait(LATER, AbortSignal.abort(new Error("gone"))), /gone/);
  assert.equal(admission.queued, 0);
});

test("in any order of arrivals, departures and endings no place is lost and none is given twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("arrive", "leave", "end"), { maxLength: 60 }),
      async (places, steps) => {
        const admission = new Admission(places, 100);
        let running = 0;
        const leavers: AbortController[] = [];
        for (const step of steps) {
          if (step === "arrive") {
            if (admission.begin()) running++;
            else {
              const leaver = new AbortController();
              leavers.push(leaver);
              admission.wait(LATER, leaver.signal).then(
                () => running++,
                () => {},
              );
            }
          } else if (step === "leave") leavers.pop()?.abort(new Error("gone"));
          else if (running > 0) {
            running--;
            admission.end();
          }
          await Promise.resolve();
          await Promise.resolve();
          assert.equal(admission.inFlight, running);
          assert.ok(running <= places);
          assert.ok(admission.queued === 0 || running === places, "nobody waits while there is a place");
        }
      },
    ),
  );
});
