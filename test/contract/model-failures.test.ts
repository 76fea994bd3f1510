import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type AnyPredictor, definePredictor, ERRORS, type ErrorCode } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import type { WireRequest } from "../events/event-source.ts";
import { fleet, type Instance, type Subject } from "./support/fleet.ts";
import { assertLikeCore } from "./support/reference.ts";
import { get, headerOf, jsonOf, post, wireText } from "./support/requests.ts";

const SECRET = "s3://models.internal/hunter2";
const IRIS = fileURLToPath(new URL("../../handlers/iris/iris.onnx", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tricast contract "));
after(() => rmSync(folder, { recursive: true }));

/** A predictor whose model cannot be had, until somebody heals it. */
interface Patient extends Subject {
  readonly heal: () => void;
}

interface Illness {
  readonly code: ErrorCode;
  readonly make: () => Patient;
  readonly request: WireRequest;
}

const TENSOR = post({ features: [[5.1, 3.5, 1.4, 0.2]] });
let files = 0;

/** A graph that serves itself from a file which `spoil` has not put there in order. */
function fromFile(spoil: (path: string) => void): Patient {
  const path = join(folder, `model-${++files}.onnx`);
  spoil(path);
  const predictor = definePredictor({ name: "graph", model: onnx(path) });
  return { predictor, heal: () => copyFileSync(IRIS, path) };
}

function fromCode(make: (isIll: () => boolean) => AnyPredictor): Patient {
  let ill = true;
  return {
    predictor: make(() => ill),
    heal: () => {
      ill = false;
    },
  };
}

function failUnless(healthy: boolean): number {
  if (healthy) return 1;
  throw new Error(SECRET);
}

const ILLNESSES: Readonly<Record<string, Illness>> = {
  "a missing model file": { code: "model-not-found", make: () => fromFile(() => {}), request: TENSOR },
  "a corrupt model file": {
    code: "model-invalid",
    make: () => fromFile((path) => writeFileSync(path, "no model at all")),
    request: TENSOR,
  },
  "an empty model file": {
    code: "model-invalid",
    make: () => fromFile((path) => writeFileSync(path, "")),
    request: TENSOR,
  },
  "half a model file": {
    code: "model-invalid",
    make: () => fromFile((path) => writeFileSync(path, readFileSync(IRIS).subarray(0, 20_000))),
    request: TENSOR,
  },
  "a load that throws": {
    code: "model-load-failed",
    make: () =>
      fromCode((isIll) =>
        definePredictor({ name: "ill", load: () => failUnless(!isIll()), predict: () => ({ ok: true }) }),
      ),
    request: post({}),
  },
  "a load that rejects": {
    code: "model-load-failed",
    make: () =>
      fromCode((isIll) =>
        definePredictor({ name: "ill", load: async () => failUnless(!isIll()), predict: () => ({ ok: true }) }),
      ),
    request: post({}),
  },
  "an example that fails": {
    code: "warmup-failed",
    make: () =>
      fromCode((isIll) =>
        definePredictor({
          name: "ill",
          load: () => ({}),
          examples: [1],
          predict: () => ({ ok: failUnless(!isIll()) }),
        }),
      ),
    request: post({}),
  },
};

/** The first backoff is half a second; three times that is enough on a busy machine. */
async function healed(instance: Instance<Patient>, request: WireRequest): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if ((await instance.send(request)).status === 200) return;
    await sleep(50);
  }
  assert.fail("the model did not come back");
}

for (const [what, { code, make, request }] of Object.entries(ILLNESSES)) {
  fleet(make).each(
    `${code}: ${what} is a 503 that says when to come back, and heals by itself`,
    async (instance) => {
      const { predictor, heal } = instance.subject;
      const response = await assertLikeCore(instance, predictor, request, what);
      assert.deepEqual([response.status, jsonOf(response).code], [503, code]);
      assert.equal(ERRORS[code].expose, false);
      assert.equal(jsonOf(response).detail, undefined);
      assert.match(headerOf(response, "retry-after") ?? "", /^[1-9]\d*$/);
      assert.doesNotMatch(wireText(response), new RegExp(`hunter2|${folder}|node_modules`));
      assert.equal((await instance.send(get("/health"))).status, 200);
      const ready = await instance.send(get("/ready"));
      assert.equal(ready.status, 503);
      assert.equal(jsonOf(ready).ready, false);
      heal();
      await healed(instance, request);
      await assertLikeCore(instance, predictor, request, "after it healed");
      assert.equal((await instance.send(get("/ready"))).status, 200);
    },
    { concurrent: true },
  );
}
