import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type Invocation, type Service } from "@tricast/core/adapter";
import { invocation, jsonOf, request } from "./support/calls.ts";
import { gate, keptAlive, settle } from "./support/gate.ts";

/** The code a request ends with: `ok`, or that of its error. */
type Way = (service: Service, call: Invocation) => Promise<string>;

/** What is true of one is true of the other: HTTP requests, and protocols with their own codecs. */
const WAYS: Readonly<Record<string, Way>> = {
  handle: async (service, call) => {
    const response = await service.handle(request({ body: "1" }), call);
    return response.status === 200 ? "ok" : jsonOf(response).code;
  },
  call: (service, call) =>
    service.call({ kind: "one", input: 1 }, { ...request(), body: undefined }, call).then(
      () => "ok",
      (error: { code: string }) => error.code,
    ),
};

function counting(work: () => unknown) {
  const state = { predicted: 0, aborts: [] as string[] };
  const service = createService(
    definePredictor({
      name: "a",
      load: () => ({}),
      predict: (_input: unknown, { signal }) => {
        state.predicted++;
        signal.addEventListener("abort", () => state.aborts.push(signal.reason.code));
        return work();
      },
    }),
  );
  return { service, state };
}

for (const [name, send] of Object.entries(WAYS)) {
  describe(`by ${name}`, () => {
    test("a client that left before its request began is request-cancelled, and nothing is predicted", async () => {
      const { service, state } = counting(() => 1);
      await service.start();
      assert.equal(await send(service, invocation({ signal: AbortSignal.abort() })), "request-cancelled");
      assert.equal(state.predicted, 0);
      assert.equal(await send(service, invocation()), "ok");
    });

    test("a client that leaves while its prediction runs aborts it", async () => {
      const work = gate();
      const { service, state } = counting(() => work.promise);
      await service.start();
      const client = new AbortController();
      const sent = send(service, invocation({ signal: client.signal }));
      await settle();
      client.abort();
      assert.equal(await sent, "request-cancelled");
      assert.deepEqual(state, { predicted: 1, aborts: ["request-cancelled"] });
      work.open(1);
    });

    test("a client that leaves while the model loads is not predicted for", async () => {
      const loading = gate<object>();
      let predicted = 0;
      const service = createService(
        definePredictor({ name: "a", load: () => loading.promise, predict: () => ++predicted }),
      );
      const client = new AbortController();
      const sent = send(service, invocation({ signal: client.signal }));
      await settle();
      client.abort();
      assert.equal(await sent, "request-cancelled");
      loading.open({});
      await service.models();
      await settle();
      assert.equal(predicted, 0);
    });

    test("requests on one long-lived signal leave no listener on it, however they end", async () => {
      const client = new AbortController();
      const call = (more: Partial<Invocation> = {}) => invocation({ signal: client.signal, ...more });
      const ends: readonly [work: () => unknown, deadline: number | undefined, code: string][] = [
        [() => 1, undefined, "ok"],
        [async () => 1, undefined, "ok"],
        [() => Promise.reject(new Error("x")), undefined, "predict-failed"],
        [() => new Promise(() => {}), 20, "deadline-exceeded"],
      ];
      for (const [work, ms, code] of ends) {
        const { service } = counting(work);
        await service.start();
        for (let index = 0; index < 5; index++) {
          const deadline = ms === undefined ? undefined : Date.now() + ms;
          assert.equal(await keptAlive(() => send(service, call({ deadline }))), code);
        }
        assert.equal(getEventListeners(client.signal, "abort").length, 0, code);
      }
    });

    test("an abort after the answer changes nothing", async () => {
      const { service, state } = counting(() => 1);
      const client = new AbortController();
      assert.equal(await send(service, invocation({ signal: client.signal })), "ok");
      client.abort();
      assert.deepEqual(state.aborts, []);
    });

    test("a closing service refuses it, and waits for those in flight", async () => {
      const work = gate();
      const { service } = counting(() => work.promise);
      await service.start();
      const first = send(service, invocation());
      await settle();
      let closed = false;
      const closing = service.close().then(() => {
        closed = true;
      });
      assert.equal(await send(service, invocation()), "shutting-down");
      assert.equal(closed, false);
      work.open(1);
      assert.equal(await first, "ok");
      await closing;
    });
  });
}
