import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Admission, type AdmissionLimits } from "../src/admission/admission.ts";

const BYTES = 10;
const admissionOf = (limits: Partial<AdmissionLimits>) =>
  new Admission({ maxInFlight: 1, maxQueue: 10, bodyBytes: BYTES, valueBytes: BYTES, shared: false, ...limits });
const asked = (own: { caller?: string; deadline?: number; signal?: AbortSignal } = {}) => ({
  caller: undefined,
  deadline: undefined,
  signal: undefined,
  ...own,
});

test("requests begin in the order of their arrival", async () => {
  const admission = admissionOf({});
  assert.ok(admission.begin(0));
  const order: number[] = [];
  const waits = [1, 2, 3].map((id) => admission.wait(0, asked()).then(() => order.push(id)));
  for (const _ of waits) {
    assert.equal(admission.begin(0), false);
    admission.end(0);
  }
  await Promise.all(waits);
  assert.deepEqual(order, [1, 2, 3]);
  admission.end(0);
  assert.equal(admission.inFlight, 0);
});

test("a request whose deadline passes in the queue is refused, and the others wait on", async (t) => {
  const admission = admissionOf({});
  admission.begin(0);
  // The server's own timer does not keep the process alive: its connections do.
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  const patient = admission.wait(0, asked());
  await assert.rejects(admission.wait(0, asked({ deadline: Date.now() + 5 })), { code: "deadline-exceeded" });
  await assert.rejects(admission.wait(0, asked({ deadline: Date.now() - 5 })), { code: "deadline-exceeded" });
  assert.equal(admission.queued, 1);
  admission.end(0);
  await patient;
});

test("a signal that has aborted already does not wait", async () => {
  const admission = admissionOf({});
  admission.begin(0);
  const gone = AbortSignal.abort(new Error("gone"));
  await assert.rejects(admission.wait(0, asked({ signal: gone })), /gone/);
  assert.equal(admission.queued, 0);
});

test("a full queue is refused at the head of a request, and again when its body is here", () => {
  const admission = admissionOf({ maxQueue: 0 });
  const early = admission.enter(asked());
  const running = admission.enter(asked());
  running.turn?.();
  assert.throws(() => admission.enter(asked()), {
    code: "overloaded",
    message: /1 predictions run and 0 requests wait/,
  });
  assert.throws(() => early.turn?.(), { code: "overloaded" });
  early.release();
  running.release();
  assert.equal(admission.enter(asked()).turn?.(), undefined);
});

test("bodies take memory while they arrive, and only bodies that fit are taken", () => {
  const admission = admissionOf({ maxInFlight: 5 });
  const [first, second] = [admission.enter(asked()), admission.enter(asked())];
  first.charge?.(6);
  assert.throws(() => second.charge?.(5), { code: "overloaded", message: /6 of 10 bytes/ });
  second.charge?.(4);
  assert.throws(() => second.charge?.(7), { code: "body-too-large", message: /take 11 bytes of memory/ });
  second.release();
  assert.equal(admission.bodies.used, 6);
  first.release();
  assert.equal(admission.bodies.used, 0);
});

test("a request waits for the memory of its values, also if a place is free", async () => {
  const admission = admissionOf({ maxInFlight: 5 });
  const [large, other] = [admission.enter(asked()), admission.enter(asked())];
  large.charge?.(3);
  assert.equal(large.turn?.(), undefined);
  other.charge?.(1);
  const turn = other.turn?.();
  assert.ok(turn instanceof Promise);
  assert.deepEqual([admission.inFlight, admission.queued, admission.values.used], [1, 1, BYTES]);
  large.release();
  await turn;
  assert.equal(admission.values.used, 4);
  other.charge?.(BYTES);
  assert.equal(admission.values.used, BYTES, "values that grow further take more");
  assert.throws(() => other.charge?.(1), { code: "body-too-large" });
  other.release();
  assert.deepEqual([admission.values.used, admission.bodies.used, admission.inFlight], [0, 0, 0]);
});

test("a request that leaves the queue lets those behind it begin", async () => {
  const admission = admissionOf({ maxInFlight: 5 });
  admission.begin(5);
  const leaver = new AbortController();
  const large = admission.wait(BYTES, asked({ signal: leaver.signal }));
  const small = admission.wait(1, asked());
  leaver.abort(new Error("gone"));
  await assert.rejects(large, /gone/);
  await small;
  assert.equal(admission.inFlight, 2);
});

test("one caller has at most half of the requests and of the memory, if callers have different credentials", () => {
  for (const shared of [true, false]) {
    const admission = admissionOf({ maxInFlight: 2, maxQueue: 2, shared });
    const [a, b] = [admission.enter(asked({ caller: "a" })), admission.enter(asked({ caller: "a" }))];
    a.charge?.(3);
    if (!shared) {
      admission.enter(asked({ caller: "a" }));
      b.charge?.(3);
      continue;
    }
    assert.throws(() => admission.enter(asked({ caller: "a" })), { code: "overloaded", message: /2 requests here/ });
    assert.throws(() => b.charge?.(3), { code: "overloaded", message: /bodies of 3 bytes here/ });
    admission.enter(asked({ caller: "b" })).charge?.(5);
    a.release();
    b.charge?.(5);
    b.release();
    const lone = admission.enter(asked({ caller: "a" }));
    assert.throws(() => lone.charge?.(6), { code: "overloaded", message: /no memory/ });
    lone.release();
    assert.equal(admission.bodies.used, 5);
  }
});

test("in any order of arrivals, departures and ends, no place and no byte is lost or given twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(
        fc.record({ kind: fc.constantFrom("arrive", "leave", "end"), bytes: fc.integer({ min: 0, max: BYTES }) }),
        { maxLength: 60 },
      ),
      async (places, steps) => {
        const admission = admissionOf({ maxInFlight: places, maxQueue: 100 });
        const running: number[] = [];
        const waiting = new Map<AbortController, number>();
        for (const { kind, bytes } of steps) {
          if (kind === "arrive") {
            if (admission.begin(bytes)) running.push(bytes);
            else {
              const leaver = new AbortController();
              waiting.set(leaver, bytes);
              admission
                .wait(bytes, asked({ signal: leaver.signal }))
                .then(() => running.push(bytes))
                .catch(() => {})
                .finally(() => waiting.delete(leaver));
            }
          } else if (kind === "leave") [...waiting.keys()].at(bytes % 2)?.abort(new Error("gone"));
          else if (running.length > 0) admission.end(running.splice(bytes % running.length, 1)[0]!);
          await new Promise(setImmediate);
          const used = running.reduce((sum, each) => sum + each, 0);
          assert.deepEqual([admission.inFlight, admission.values.used], [running.length, used]);
          assert.ok(running.length <= places && used <= BYTES);
          assert.equal(admission.queued, waiting.size);
          const [next] = waiting.values();
          if (next !== undefined)
            assert.ok(running.length === places || used + next > BYTES, "a request waits although it fits");
        }
      },
    ),
  );
});
