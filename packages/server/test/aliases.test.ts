import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { createFolderServer } from "@tricast/server";
import { openStore } from "@tricast/store";
import { type AliasVersions, promote, push } from "@tricast/store/publishing";
import { times } from "../../onnx/test/execution/support/graphs.ts";
import { FolderHost } from "../src/hosts/folder/folder-host.ts";
import { readAliases } from "../src/hosts/folder/read-aliases.ts";
import { get, post, until } from "./support/calls.ts";
import { listen } from "./support/start.ts";

let scratch: string;
before(() => {
  scratch = mkdtempSync(join(tmpdir(), "aliases-"));
});
after(() => rmSync(scratch, { recursive: true }));

/** A store of the model `times` in three versions, of which `vN` gives N times its input; `latest` is `v3`. */
async function storeOf(name: string) {
  const root = join(scratch, name);
  const store = await openStore(root);
  for (const version of [1, 2, 3]) {
    const file = join(scratch, `${name}-${version}.onnx`);
    writeFileSync(file, times(version));
    await push(store, "times", file, { describe: readOnnxHeader });
  }
  const move = (alias: string, target: AliasVersions) => promote(store, "times", alias, target);
  return { root, move };
}

const open = ({ version, path }: { version: string; path: string }) =>
  definePredictor({ name: "any", version, model: onnx(path) });

async function startReady(t: TestContext, root: string): Promise<string> {
  const { origin } = await listen(
    t,
    createFolderServer({ root, open }, { host: "127.0.0.1", port: 0, modelControl: "on" }),
  );
  await until("ready", async () => (await get(origin, "/ready")).status === 200);
  return origin;
}

interface Body {
  readonly y?: readonly (readonly number[])[];
  readonly outputs?: readonly { readonly data: readonly number[] }[];
  readonly predictions?: readonly (readonly number[])[];
}

/** What each protocol is sent for a row of ones, by how its paths end. */
const ROWS = [
  { ends: ":predict", body: { instances: [[1, 1]] } },
  { ends: "/infer", body: { inputs: [{ name: "x", shape: [1, 2], datatype: "FP32", data: [1, 1] }] } },
  { ends: "/predict", body: { x: [[1, 1]] } },
];

/** What the version that answers multiplies with; the status where none does. */
async function factor(origin: string, path: string): Promise<number | undefined> {
  const { status, body } = await post(origin, path, ROWS.find(({ ends }) => path.endsWith(ends))?.body);
  const { y, outputs, predictions } = body as Body;
  return status === 200 ? (y?.[0] ?? outputs?.[0]?.data ?? predictions?.[0])?.[0] : status;
}

describe("a folder that is a store", () => {
  test("prod decides what answers without a version, until it is moved and the model loaded anew", async (t) => {
    const { root, move } = await storeOf("default");
    await move("prod", "v1");
    const origin = await startReady(t, root);
    assert.equal(await factor(origin, "/times/predict"), 1);
    await move("prod", "v2");
    assert.equal(await factor(origin, "/times/predict"), 1);
    assert.equal((await post(origin, "/v2/repository/models/times/load", {})).status, 200);
    for (const path of ["/times/predict", "/v2/models/times/infer", "/v1/models/times:predict"])
      assert.equal(await factor(origin, path), 2, path);
  });

  test("without prod it is latest, which a push moves", async (t) => {
    const { root, move } = await storeOf("latest");
    await move("latest", "v2");
    assert.equal(await factor(await startReady(t, root), "/times/predict"), 2);
  });

  test("an alias stands for its version wherever a version or a model is named", async (t) => {
    const { root, move } = await storeOf("named");
    await move("prod", "v1");
    await move("next", "v2");
    const origin = await startReady(t, root);
    for (const path of [
      "/times@next/predict",
      "/v2/models/times@next/infer",
      "/v2/models/times/versions/next/infer",
      "/v1/models/times@next:predict",
      "/v1/models/times/labels/next:predict",
    ])
      assert.equal(await factor(origin, path), 2, path);
    assert.equal(await factor(origin, "/times@v3/predict"), 3);
    for (const path of ["/times@none/predict", "/v2/models/times/versions/none/infer", "/none@prod/predict"])
      assert.equal(await factor(origin, path), 404, path);
    const metadata = JSON.parse((await get(origin, "/v2/models/times@next")).text) as Record<string, unknown>;
    assert.deepEqual([metadata.name, metadata.versions], ["times", ["v1", "v2", "v3"]]);
  });

  test("an alias that leads to nothing keeps a server from being ready, and a model from being replaced", async (t) => {
    const { root, move } = await storeOf("broken");
    await move("prod", "v1");
    const origin = await startReady(t, root);
    writeFileSync(join(root, "times", "aliases.json"), '{"aliases":{"prod":{"target":"v9"}}}');
    const refused = await post(origin, "/v2/repository/models/times/load", {});
    assert.deepEqual([refused.status, refused.body.code], [503, "model-invalid"]);
    assert.equal(await factor(origin, "/times/predict"), 1);
    const host = new FolderHost({ root, open, loadAll: true });
    await host.start(() => {});
    assert.deepEqual([host.ready, host.list()], [false, []]);
  });
});

describe("a file of aliases", () => {
  const read = (name: string, text: string) => {
    const folder = join(scratch, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "aliases.json"), text);
    return readAliases(folder, ["v1", "v9", "v10"]);
  };

  test("with shares stands for the version with the largest, and of equal ones the newest", async () => {
    const aliases = {
      most: { target: { v1: 90, v9: 10 } },
      equal: { target: { v10: 1, v9: 1, v1: 1 } },
      one: { target: "v9" },
    };
    assert.deepEqual(
      [...(await read("shares", JSON.stringify({ aliases })))],
      [
        ["most", "v1"],
        ["equal", "v10"],
        ["one", "v9"],
      ],
    );
  });

  test("that is none is refused, with its path and what is wrong", async () => {
    for (const [text, wrong] of [
      ["{", /aliases\.json cannot be used: it is not JSON/],
      ["null", /must have "aliases"/],
      ["{}", /must have "aliases"/],
      ['{"aliases":{"prod":null}}', /must have "aliases"/],
      ['{"aliases":{"prod":{}}}', /"prod" points to undefined; it must be one of v1, v9, v10/],
      ['{"aliases":{"prod":{"target":"v2"}}}', /"prod" points to "v2"/],
      ['{"aliases":{"prod":{"target":{}}}}', /"prod" points to an object with no keys/],
    ] as const)
      await assert.rejects(read("wrong", text), { code: "model-invalid", message: wrong });
  });

  test("that is not there is no alias", async () => {
    assert.equal((await readAliases(join(scratch, "nowhere"), [])).size, 0);
  });
});
