import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isTricastError } from "@tricast/core";
import { onnx } from "../src/index.ts";
import { locate, modelVariable, type SearchContext } from "../src/locate.ts";
import { loadContext } from "./support/context.ts";
import { scratchFolder, write } from "./support/models.ts";
import { identity } from "./support/onnx-writer.ts";

const root = scratchFolder();
let places = 0;

/** A machine with its own code, layer and working folders, all empty. */
function machine(overrides: Partial<SearchContext> = {}): SearchContext & { readonly base: string } {
  const base = join(root, `machine ${places++}`);
  for (const folder of ["code", "opt/tricast/models", "opt/models", "work"]) {
    mkdirSync(join(base, folder), { recursive: true });
  }
  return {
    base,
    predictor: "iris",
    model: "model",
    callerFolder: join(base, "code"),
    env: {},
    workingFolder: join(base, "work"),
    layerFolders: [join(base, "opt/tricast/models"), join(base, "opt/models")],
    ...overrides,
  };
}

test("beside the code wins over the layer, and the layer over the working folder", () => {
  const context = machine();
  const order = ["code", "opt/tricast/models", "opt/models", "work"].map((folder) => join(context.base, folder));
  for (const folder of order.toReversed()) {
    const path = write(folder, "iris.onnx", "model");
    assert.deepEqual(locate("iris.onnx", context), { path, bytes: 5, format: "onnx" });
  }
});

test("a layer's models folder stands for the models/ of the path", () => {
  const context = machine();
  const path = write(join(context.base, "opt/models"), "iris.onnx", "model");
  assert.equal(locate("models/iris.onnx", context).path, path);
  assert.equal(locate("./models/iris.onnx", context).path, path);
});

test("a path that climbs out is not looked for in layers", () => {
  const context = machine();
  write(join(context.base, "opt"), "iris.onnx", "model");
  assert.throws(() => locate("../iris.onnx", context), { code: "model-not-found" });
  const path = write(context.base, "iris.onnx", "model");
  assert.equal(locate("../iris.onnx", context).path, path);
});

test("the environment decides alone", () => {
  const context = machine();
  write(join(context.base, "code"), "iris.onnx", "beside the code");
  const other = write(context.base, "elsewhere/other.ort", "other");
  const env = { TRICAST_MODEL_IRIS: other };
  assert.deepEqual(locate("iris.onnx", { ...context, env }), { path: other, bytes: 5, format: "ort" });
  assert.equal(locate("/absolute/iris.onnx", { ...context, env }).path, other);
  assert.equal(locate("iris.onnx", { ...context, env: { TRICAST_MODEL_IRIS: pathToFileURL(other).href } }).path, other);
  const wrong = { ...context, env: { TRICAST_MODEL_IRIS: "/nowhere.onnx" } };
  assert.throws(() => locate("iris.onnx", wrong), /Tried \/nowhere\.onnx \(TRICAST_MODEL_IRIS\): does not exist/);
});

test("the variable is named for the predictor, and for the key of a further model", () => {
  assert.equal(modelVariable({ predictor: "my-iris2", model: "model" }), "TRICAST_MODEL_MY_IRIS2");
  assert.equal(modelVariable({ predictor: "my-iris2", model: "encoder" }), "TRICAST_MODEL_MY_IRIS2_ENCODER");
});

test("absolute paths and file URLs are taken as they are", () => {
  const context = machine();
  const path = write(context.base, "my models/iris é.onnx", "model");
  assert.equal(locate(path, context).path, path);
  assert.equal(locate(pathToFileURL(path).href, context).path, path);
  assert.equal(onnx(pathToFileURL(path)).uri, pathToFileURL(path).href);
});

test("a folder stands for its only model, or for its model.onnx", () => {
  const context = machine();
  const folder = join(context.base, "code/iris");
  const path = write(folder, "v3.ort", "model");
  write(folder, "README.md", "about");
  assert.equal(locate("iris", context).path, path);
  write(folder, "v4.onnx", "model");
  assert.throws(
    () => locate("iris", context),
    /a folder with v3\.ort, v4\.onnx: name one of them, or call it model\.onnx/,
  );
  const chosen = write(folder, "model.onnx", "model");
  assert.equal(locate("iris", context).path, chosen);
});

test("a missing model lists every place tried, and the fix", () => {
  const context = machine();
  mkdirSync(join(context.base, "work/iris.onnx"));
  const error = assert.throws(
    () => locate("iris.onnx", context),
    (thrown: unknown) => {
      assert.ok(isTricastError(thrown));
      assert.equal(thrown.code, "model-not-found");
      const { base } = context;
      assert.equal(
        thrown.message,
        `no model at iris.onnx. Tried ${base}/code/iris.onnx (beside the code): does not exist; ` +
          `${base}/opt/tricast/models/iris.onnx (layer): does not exist; ${base}/opt/models/iris.onnx (layer): does not exist; ` +
          `${base}/work/iris.onnx (working folder): a folder without an .onnx or .ort file. ` +
          "To fix this, put the file there, or set TRICAST_MODEL_IRIS to its path",
      );
      return true;
    },
  );
  assert.equal(error, undefined);
});

test("a place that cannot be read is a place tried, not a crash", () => {
  const context = machine();
  symlinkSync("loop.onnx", join(context.base, "code/loop.onnx"));
  assert.throws(() => locate("loop.onnx", context), { code: "model-not-found", message: /beside the code\): ELOOP/ });
});

test("an address of no known kind is refused when the predictor is defined", () => {
  for (const uri of ["ftp://host/iris.onnx", new URL("data:,iris")]) {
    assert.throws(() => onnx(uri), {
      code: "invalid-option",
      message: /use a path, or an address of one of these forms: s3:\/\/bucket\/path, gs:/,
    });
  }
});

test("a relative path starts from the file that calls onnx(), as module, as CommonJS, and without stack traces", () => {
  const folder = join(root, "project dir");
  write(folder, "iris.onnx", identity("float32", [1]));
  const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
  const body = `
    const before = Error.prepareStackTrace;
    const source = onnx("iris.onnx");
    const context = { predictor: "p", model: "model", platform: { name: "local" }, log: { debug() {}, info() {}, warn() {}, error() {} } };
    console.log(source.load(context).inputs[0].name, Error.stackTraceLimit, Error.prepareStackTrace === before);`;
  const scripts = [
    write(folder, "module.mjs", `import { onnx } from ${index};${body}`),
    write(folder, "common.cjs", `const { onnx } = require(require("node:url").fileURLToPath(${index}));${body}`),
    write(folder, "silent.mjs", `import { onnx } from ${index}; Error.stackTraceLimit = 0;${body}`),
  ];
  const printed = scripts.map((script) => {
    const flags = ["--conditions=@tricast/source", "--enable-source-maps", script];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: "/", encoding: "utf8", timeout: 20_000 });
    return stdout || stderr;
  });
  assert.deepEqual(printed, ["x 10 true\n", "x 10 true\n", "x 0 true\n"]);
});

test("the source loads the file beside this test", () => {
  write(root, "here.onnx", identity("float32", [1]));
  const source = onnx(join(root, "here.onnx"));
  const model = source.load(loadContext());
  assert.ok(!(model instanceof Promise));
  assert.equal(model.inputs[0]?.name, "x");
  model.close();
});
