import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ERRORS, type ErrorCode } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { assertLikeCore } from "../reference.ts";
import { type Subject, serve } from "../suite.ts";
import { get, headerOf, jsonOf, post, type Send, type WireRequest, wireText } from "../wire.ts";

const SECRET = "s3://models.internal/hunter2";

/** A predictor whose model fails until `heal` is called. */
export interface Patient extends Subject {
  readonly heal: () => void;
}

export interface Illness {
  readonly code: ErrorCode;
  readonly make: () => Patient;
  readonly request: WireRequest;
}

/** Where the model fails: while it loads, or when it is warmed. */
type Step = "load" | "example";

function patient(fails: Step, isAsync: boolean): Patient {
  let isIll = true;
  const attempt = (step: Step): number => {
    if (isIll && step === fails) throw new Error(SECRET);
    return 1;
  };
  const predictor = definePredictor({
    name: "ill",
    load: isAsync ? async () => attempt("load") : () => attempt("load"),
    examples: fails === "example" ? [1] : [],
    predict: () => ({ ok: attempt("example") }),
  });
  return {
    predictor,
    heal: () => {
      isIll = false;
    },
  };
}

const ILLNESSES: Readonly<Record<string, Illness>> = {
  "a load that throws": { code: "model-load-failed", make: () => patient("load", false), request: post({}) },
  "a load that rejects": { code: "model-load-failed", make: () => patient("load", true), request: post({}) },
  "an example that fails": { code: "warmup-failed", make: () => patient("example", false), request: post({}) },
};

export function modelFailures(host: Host): void {
  for (const [what, illness] of Object.entries(ILLNESSES)) {
    const it = serve(host, illness.make);
    it(`${illness.code}: ${what} is a 503 with retry-after, and recovers without a restart`, (instance) =>
      assertHeals(instance, illness));
  }
}

/** The members of a running patient that {@link assertHeals} needs. */
interface Bed {
  readonly host: { readonly mount: string };
  readonly subject: Patient;
  readonly send: Send;
}

export async function assertHeals(instance: Bed, { code, request }: Omit<Illness, "make">): Promise<void> {
  const { predictor, heal } = instance.subject;
  const response = await assertLikeCore(instance, predictor, request);
  assert.deepEqual([response.status, jsonOf(response).code], [503, code]);
  assert.equal(ERRORS[code].expose, false);
  assert.equal(jsonOf(response).detail, undefined);
  assert.match(headerOf(response, "retry-after") ?? "", /^[1-9]\d*$/);
  assert.doesNotMatch(wireText(response), /hunter2|node_modules/);
  assert.equal((await instance.send(get("/health"))).status, 200);
  const ready = await instance.send(get("/ready"));
  assert.deepEqual([ready.status, jsonOf(ready).ready], [503, false]);
  heal();
  await healed(instance, request);
  await assertLikeCore(instance, predictor, request, "after it healed");
  assert.equal((await instance.send(get("/ready"))).status, 200);
}

/** The first backoff is half a second; six times that is enough on a busy machine. */
async function healed({ send }: Bed, request: WireRequest): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if ((await send(request)).status === 200) return;
    await sleep(50);
  }
  assert.fail("the model did not recover");
}
