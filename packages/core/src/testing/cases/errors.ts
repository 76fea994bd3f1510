import assert from "node:assert/strict";
import type { Host } from "../host.ts";
import { serve } from "../suite.ts";
import { post } from "../wire.ts";
import { assertFails, CODES, failing, HIDDEN, THROWN } from "./failing.ts";

/** The value that predict throws. */
export function errors(host: Host): void {
  const it = serve(host, () => ({ predictor: failing }));

  for (const thrown of Object.keys(THROWN)) {
    it(`predict throws or rejects with ${thrown}, for one input or many, and the client reads nothing of it`, async (instance) => {
      const code = thrown === HIDDEN ? "internal" : "predict-failed";
      for (const mode of ["throw", "reject"]) {
        await assertFails(instance, { code, request: post({ mode, thrown }) });
        await assertFails(instance, { code, request: post({ instances: [{ mode: "ok" }, { mode, thrown }] }) });
      }
    });
  }

  it("every code of the table, thrown by predict, is the same problem", async (instance) => {
    assert.ok(CODES.length > 30);
    const headers = { "retry-after": "3", "x-hint": "1" };
    for (const code of CODES) await assertFails(instance, { code, request: post({ mode: "code", code }), headers });
  });
}
