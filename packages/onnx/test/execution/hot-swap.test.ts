import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type Service } from "@tricast/core/adapter";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { openStore } from "@tricast/store";
import { promote, push } from "@tricast/store/publishing";
import { onnx } from "../../src/index.ts";
import { loadContext, SERVES_MANY } from "../support/context.ts";
import { scratchFolder, write } from "../support/models.ts";
import { statsOf, until } from "./support/executed.ts";
import { times } from "./support/graphs.ts";

const folder = scratchFolder();
const FACTOR: Readonly<Record<string, number>> = { v1: 1, v2: 100 };

async function storeOf(name: string): Promise<string> {
  const root = join(folder, name);
  const store = await openStore(root);
  for (const [version, factor] of Object.entries(FACTOR)) {
    await push(store, "times", write(folder, `${name}-${version}.onnx`, times(factor)), {
      describe: readOnnxHeader,
      version,
    });
  }
  await promote(store, "times", "prod", "v1");
  return root;
}

test("requests that wait for the old version are answered by it while a new one loads and serves", async () => {
  const root = await storeOf("waiting");
  const options = { execution: { workers: 1, maxBatchRows: 4 }, store: { cacheDir: null } };
  const source = onnx(`${root}/times@prod`, options);
  const context = { ...loadContext(), platform: SERVES_MANY };
  const old = await source.load(context);
  await old.run({ x: [[1, 1]] });
  const waiting = Array.from({ length: 300 }, (_, index) => old.run({ x: [[index, 1]] }));
  assert.ok(statsOf(old).queued > 200);
  await promote(await openStore(root), "times", "prod", "v2");
  const newer = (await source.update?.(old, { ...context, refused: new Set() }))!;
  const later = Array.from({ length: 300 }, (_, index) => newer.run({ x: [[index, 1]] }));
  for (const [index, { y }] of (await Promise.all(waiting)).entries()) assert.deepEqual(y?.toArray(), [[index, 1]]);
  await source.dispose?.(old);
  for (const [index, { y }] of (await Promise.all(later)).entries()) {
    assert.deepEqual(y?.toArray(), [[index * 100, 100]]);
  }
  await source.dispose?.(newer);
});

const services: Service[] = [];
after(async () => {
  for (const service of services) await service.close();
});

const INVOCATION = { id: "request", platform: "server", native: undefined } as const;

test("a service swaps versions under load without a failure or a wrong answer", async () => {
  const root = await storeOf("served");
  const model = onnx(`${root}/times@prod`, {
    execution: { workers: 1 },
    store: { cacheDir: null, recheckMs: 100 },
  });
  const service = createService(definePredictor({ name: "times", model }), { platform: SERVES_MANY });
  services.push(service);
  const seen = new Set<string>();
  let stop = false;
  const request = {
    method: "POST",
    path: "/predict",
    query: "",
    headers: { "content-type": "application/json" },
    body: '{"x":[3,1]}',
  };
  const caller = async (): Promise<void> => {
    while (!stop) {
      const { status, headers, body } = await service.handle(request, INVOCATION);
      const version = String(headers["x-tricast-model-version"]);
      assert.equal(status, 200, String(body));
      assert.deepEqual(JSON.parse(String(body)), { y: [3 * FACTOR[version]!, FACTOR[version]] });
      seen.add(version);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const callers = Promise.all(Array.from({ length: 20 }, caller)).finally(() => {
    stop = true;
  });
  const store = await openStore(root);
  for (const version of ["v2", "v1", "v2"]) {
    await until(() => stop || seen.size > 0);
    await promote(store, "times", "prod", version);
    seen.clear();
    await until(() => stop || seen.has(version));
  }
  stop = true;
  await callers;
});
