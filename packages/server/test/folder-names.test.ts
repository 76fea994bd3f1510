import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { createFolderServer } from "@tricast/server";
import { openStore } from "@tricast/store";
import { pull, push } from "@tricast/store/publishing";
import { scanFolder } from "../src/hosts/folder/scan-folder.ts";
import { get, post, until } from "./support/calls.ts";
import { observe } from "./support/observed.ts";
import { listen } from "./support/start.ts";

const IRIS = fileURLToPath(new URL("../../../handlers/iris/iris.onnx", import.meta.url));
const ROW = { features: [[5.1, 3.5, 1.4, 0.2]] };
const INPUT = { name: "features", shape: [1, 4], datatype: "FP32", data: ROW.features[0] };

/** Names of files and folders as people give them. All are served. */
const NAMES = [
  ...[
    "my model",
    "modèle",
    "a+b",
    "silero_vad",
    "Iris",
    "模型",
    "👍🏽",
    "50%",
    "%2e%2e",
    "a%2Fb",
    "-x",
    "_x",
    "~x",
    "v1.2",
  ],
  ...["a:b", "a:predict", "a#b", "a?b=c", "a&b;c", "a'b", 'a"b', "<b>", "{a}", "$(a)", "a|b", "*", "[a]", "a,b", "a=b"],
  ...["predict", "health", "versions", "model", "constructor", "__proto__", "a  b", "x.y.z", "a".repeat(200)],
];

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "models-")));
});

afterEach(() => rmSync(root, { recursive: true }));

function lay(...path: readonly string[]): void {
  const file = join(root, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  cpSync(IRIS, file);
}

function write(content: string, ...path: readonly string[]): void {
  mkdirSync(join(root, ...path, ".."), { recursive: true });
  writeFileSync(join(root, ...path), content);
}

async function startFolder(t: TestContext, options = {}) {
  const open = ({ version, path }: { version: string; path: string }) =>
    definePredictor({ name: "any", version, model: onnx(path) });
  return listen(t, createFolderServer({ root, open }, { host: "127.0.0.1", port: 0, modelControl: "on", ...options }));
}

interface Ready {
  readonly ready: boolean;
  readonly models: Readonly<Record<string, string>>;
  readonly leftOut?: readonly { readonly path: string; readonly reason: string }[];
}

async function readiness(origin: string): Promise<Ready & { status: number }> {
  const { status, text } = await get(origin, "/ready");
  return { status, ...(JSON.parse(text) as Ready) };
}

const isReady = async (origin: string): Promise<boolean> => (await get(origin, "/ready")).status === 200;

describe("the name of a model in a folder", () => {
  test("is the name of its file, percent-encoded in paths, whatever its characters", async (t) => {
    for (const name of NAMES) lay(`${name}.onnx`);
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    assert.equal((await readiness(origin)).leftOut, undefined);
    for (const name of NAMES) {
      const path = encodeURIComponent(name);
      assert.equal((await post(origin, `/${path}/predict`, ROW)).status, 200, name);
      const infer = await post(origin, `/v2/models/${path}/infer`, { inputs: [INPUT] });
      assert.deepEqual([infer.status, infer.body.model_name], [200, name]);
      assert.equal(JSON.parse((await get(origin, `/v2/models/${path}`)).text).name, name);
      const rows = await post(origin, `/v1/models/${path}:predict`, { instances: ROW.features });
      assert.equal(rows.status, 200, name);
      assert.equal((await post(origin, `/v2/repository/models/${path}/load`, {})).status, 200, name);
    }
  });

  test("is the same in logs, metrics, metadata and the index", async (t) => {
    lay("silero_vad.onnx");
    lay('mo"dè le', "1", "model.onnx");
    const observed = observe(t);
    const { origin } = await startFolder(t, { metrics: "open", accessLog: 1 });
    await until("ready", () => isReady(origin));
    const names = ["silero_vad", 'mo"dè le'];
    for (const name of names) {
      await post(origin, `/${encodeURIComponent(name)}/predict`, ROW);
      assert.equal(JSON.parse((await get(origin, `/${encodeURIComponent(name)}/metadata`)).text).name, name);
      const lines = () => observed.lines().filter(({ predictor, model }) => [predictor, model].includes(name));
      await until("a load and a request are logged", () => lines().length >= 2);
    }
    const { text } = await get(origin, "/metrics");
    for (const line of text.split("\n").filter((one) => one.includes("model=")))
      assert.match(line, /model="(silero_vad|mo\\"dè le|)"/);
    assert.match(text, /tricast_requests_total\{operation="predict",model="silero_vad",status="200"\} 1/);
    const index = (await post(origin, "/v2/repository/index", {})).body as unknown as { name: string }[];
    assert.deepEqual(index.map(({ name }) => name).sort(), names.sort());
  });

  test("is found in either form of Unicode", async (t) => {
    lay(`${"modèle".normalize("NFD")}.onnx`);
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    assert.deepEqual(Object.keys((await readiness(origin)).models), ["modèle"]);
    for (const form of ["NFC", "NFD"]) {
      const path = `/${encodeURIComponent("modèle".normalize(form))}/predict`;
      assert.equal((await post(origin, path, ROW)).status, 200, form);
    }
  });
});

describe("a store in a folder", () => {
  test("takes what the server serves, and is served by the same names", async (t) => {
    const store = await openStore(root);
    const names = ["silero_vad", "my model", "modèle", "a+b", "%2e%2e", "50%"];
    for (const name of names) await push(store, name, IRIS, { describe: readOnnxHeader });
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    const { models, leftOut } = await readiness(origin);
    assert.deepEqual([Object.keys(models).sort(), leftOut], [names.toSorted(), undefined]);
    for (const name of names) {
      assert.equal((await post(origin, `/${encodeURIComponent(`${name}@latest`)}/predict`, ROW)).status, 200, name);
      assert.equal((await pull(store, `${name}@latest`, join(root, ".pulled", name))).manifest.name, name);
    }
  });
});

describe("what a folder has and is not served", () => {
  /** Lays one entry, and the path and reason with which it is left out; `undefined`: it is not mentioned. */
  const CASES: readonly (readonly [what: string, lay: () => unknown, path: string | undefined, reason: RegExp])[] = [
    ["another kind of file", () => write("text", "m.pkl"), "m.pkl", /not a \.onnx or \.ort file/],
    ["a name with @", () => lay("a@b.onnx"), "a@b.onnx", /contains "@"/],
    ["a name of a folder with @", () => lay("a@b", "model.onnx"), "a@b", /contains "@"/],
    ["a control character", () => lay("a\nb.onnx"), "a\nb.onnx", /control character/],
    ["a backslash", () => lay("a\\b.onnx"), "a\\b.onnx", /backslash/],
    ["a space at the end", () => lay("a .onnx"), "a .onnx", /ends with a space/],
    ["a long name", () => lay(`${"a".repeat(201)}.onnx`), `${"a".repeat(201)}.onnx`, /201 bytes .* more than 200/],
    ["an ending without a name", () => lay(".onnx"), ".onnx", /begins with a dot/],
    ["a hidden model", () => lay(".hidden.onnx"), ".hidden.onnx", /begins with a dot/],
    ["a hidden file", () => write("", ".DS_Store"), undefined, /./],
    ["a hidden folder", () => lay("..data", "m.onnx"), undefined, /./],
    ["a broken link", () => symlinkSync("nothing", join(root, "a.onnx")), "a.onnx", /cannot be read \(ENOENT\)/],
    ["a link to itself", () => symlinkSync("a.onnx", join(root, "a.onnx")), "a.onnx", /cannot be read \(ELOOP\)/],
    ["a device", () => symlinkSync("/dev/zero", join(root, "a.onnx")), "a.onnx", /neither a file nor a folder/],
    ["an empty folder", () => mkdirSync(join(root, "a")), "a", /no \.onnx or \.ort file$/],
    ["a folder of other files", () => write("", "a", "m.pkl"), "a", /no \.onnx or \.ort file, only m\.pkl/],
    ["an empty version", () => write("", "a", "1", "m.pt"), "a/1", /no \.onnx or \.ort file, only m\.pt/],
    ["a version too deep", () => lay("a", "b", "1", "m.onnx"), "a/b", /no \.onnx or \.ort file/],
    ["a name no version has", () => lay("a", "first try", "m.onnx"), "a/first try", /cannot be a version/],
    ["a version beside a file", () => [lay("a", "m.onnx"), lay("a", "2", "m.onnx")], "a/2", /a model file of its own/],
    ["data beside a file", () => [lay("a", "m.onnx"), write("", "a", "assets", "x.txt")], undefined, /./],
    ["a name twice", () => [lay("a.onnx"), lay("a", "m.onnx")], "a.onnx", /has the name a$/],
    ["a name in two kinds", () => [lay("a.onnx"), write("", "a.ort")], "a.ort", /has the name a$/],
    ["weights", () => [lay("a.onnx"), write("", "a.onnx.data"), write("", "a_weights.bin")], undefined, /./],
    [
      "a version's device",
      () => [mkdirSync(join(root, "a")), symlinkSync("/dev/zero", join(root, "a", "m.onnx"))],
      "a/m.onnx",
      /neither/,
    ],
  ];

  for (const [what, make, path, reason] of CASES) {
    test(`${what} is ${path === undefined ? "not mentioned" : "named with the reason"}`, async () => {
      lay("good.onnx");
      make();
      const { models, leftOut } = await scanFolder(root);
      assert.ok(models.some(({ name }) => name === "good"));
      assert.deepEqual(
        leftOut.map((one) => one.path),
        path === undefined ? [] : [path],
      );
      if (path !== undefined) assert.match(leftOut[0]?.reason ?? "", reason);
    });
  }

  test("a name that is not UTF-8 is named with the reason", async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xe8]), Buffer.from(".onnx")]), "");
    const { leftOut } = await scanFolder(root);
    assert.match(leftOut[0]?.reason ?? "", /not valid UTF-8/);
  });

  test("optimised forms belong to their model, and are models without it", async () => {
    const record = { original: { file: "a.onnx" }, variant: { files: ["a.ort"] } };
    write(JSON.stringify(record), "a.tricast.json");
    write("", "a.ort");
    const names = async () => (await scanFolder(root)).models.map(({ path }) => path.slice(root.length));
    assert.deepEqual(await names(), ["/a.ort"]);
    lay("a.onnx");
    assert.deepEqual(await names(), ["/a.onnx"]);
    assert.deepEqual((await scanFolder(root)).leftOut, []);
    for (const hostile of ["[]", "null", "{", '{"original":{"file":"a.onnx"},"variant":{"files":7}}']) {
      write(hostile, "a.tricast.json");
      assert.ok((await names()).includes("/a.onnx"), hostile);
    }
  });

  test("stands in the log, once, and in the body of /ready, and the others are served", async (t) => {
    lay("good.onnx");
    write("text", "notes.txt");
    lay("a@b.onnx");
    const observed = observe(t);
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    const { leftOut = [], models } = await readiness(origin);
    assert.deepEqual([Object.keys(models), leftOut.map(({ path }) => path)], [["good"], ["a@b.onnx", "notes.txt"]]);
    await post(origin, "/v2/repository/models/good/load", {});
    const warned = observed.lines().filter(({ level, path }) => level === "warn" && path !== undefined);
    assert.deepEqual(
      warned.map(({ path, reason }) => ({ path, reason })),
      leftOut,
    );
    assert.ok(warned.every(({ message, path, reason }) => message === `${path} is not served: ${reason}`));
  });

  test("is counted when it is very much", async (t) => {
    lay("good.onnx");
    for (let index = 0; index < 150; index++) write("", `data-${index}.bin`);
    const { origin } = await startFolder(t);
    await until("ready", () => isReady(origin));
    const { leftOut = [] } = await readiness(origin);
    assert.equal(leftOut.length, 101);
    assert.match(leftOut.at(-1)?.reason ?? "", /^50 more/);
  });

  for (const [what, make] of [
    ["nothing", () => {}],
    ["nothing that can be served", () => write("text", "m.pkl")],
  ] as const) {
    test(`a folder with ${what} makes the server unready, until a client loads a model`, async (t) => {
      make();
      const observed = observe(t);
      const { origin } = await startFolder(t);
      const isLogged = () =>
        observed
          .lines()
          .some(({ level, message }) => level === "error" && /has no model that can be served/.test(String(message)));
      await until("it is logged", isLogged);
      assert.deepEqual([(await readiness(origin)).status, (await readiness(origin)).ready], [503, false]);
      lay("later.onnx");
      assert.equal((await post(origin, "/v2/repository/models/later/load", {})).status, 200);
      assert.equal(await isReady(origin), true);
    });
  }
});
