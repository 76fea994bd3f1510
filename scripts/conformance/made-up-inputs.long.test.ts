import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { isTricastError } from "@tricast/core";
import { LOCAL } from "@tricast/core/adapter";
import { onnx } from "../../packages/onnx/src/index.ts";
import type { LoadedModel } from "../../packages/onnx/src/model.ts";
import { whyNoModels } from "./made-up-inputs/make-models.ts";

/**
 * Warms up foreign models with generated inputs: the models of ONNX's backend tests with dynamic dimensions, and real models.
 * None is refused because of such an input; most run with one.
 */
const folder = mkdtempSync(join(tmpdir(), "tricast-made-up-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const missing = whyNoModels(folder);
const skip = missing ?? false;

type Result = { readonly path: string } & (
  | { readonly kind: "accepted"; readonly attempts: number }
  | { readonly kind: "warned"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string }
  /** The runtime cannot load it, or its inputs are not tensors. */
  | { readonly kind: "unsupported" }
);

async function warm(path: string): Promise<Result> {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    if (message.includes("generated input")) warnings.push(message);
  };
  const log = { debug() {}, info() {}, warn, error() {} };
  const source = onnx(path);
  let model: LoadedModel;
  try {
    model = (await source.load({ predictor: "foreign", model: "model", platform: LOCAL, log })) as LoadedModel;
  } catch (error) {
    if (isTricastError(error) && error.code === "model-invalid") return { path, kind: "unsupported" };
    throw error;
  }
  let attempts = 0;
  const run = model.runTensors.bind(model);
  model.runTensors = (...args) => {
    attempts++;
    return run(...args);
  };
  try {
    await source.zeroCode?.(model).warmUp(false);
    const [message] = warnings;
    return message === undefined ? { path, kind: "accepted", attempts } : { path, kind: "warned", message };
  } catch (error) {
    return { path, kind: "refused", message: (error as Error).message };
  } finally {
    model.close();
  }
}

async function warmAll(name: string) {
  const files = readdirSync(join(folder, name), { recursive: true, encoding: "utf8" });
  const results: Result[] = [];
  for (const file of files.filter((path) => path.endsWith(".onnx")).sort())
    results.push(await warm(join(folder, name, file)));
  const of = <K extends Result["kind"]>(kind: K) =>
    results.filter((result) => result.kind === kind) as Extract<Result, { kind: K }>[];
  const [accepted, warned, refused] = [of("accepted"), of("warned"), of("refused")];
  const loaded = accepted.length + warned.length + refused.length;
  const upTo = (attempts: number) => accepted.filter((result) => result.attempts <= attempts).length;
  console.log(
    `${name}: ${loaded} models load; ${accepted.length} accept a generated input ` +
      `(the first attempt ${upTo(1)}, up to the fifth ${upTo(5)}, up to the tenth ${upTo(10)}); ` +
      `${warned.length} warn; ${refused.length} are refused`,
  );
  return { loaded, accepted, warned, refused };
}

test("no operator of ONNX is refused because of a generated input, and few warn", { skip }, async () => {
  const { loaded, accepted, refused } = await warmAll("nodes");
  assert.deepEqual(refused, []);
  assert.ok(loaded > 2000, `only ${loaded} models load`);
  assert.ok(accepted.length / loaded > 0.95);
});

test("models of packages run with a generated input", { skip }, async () => {
  const { accepted, warned, refused } = await warmAll("packages");
  for (const { path, attempts } of accepted) console.log(`  ${basename(path)}: attempt ${attempts}`);
  assert.deepEqual([...warned, ...refused], []);
  assert.ok(accepted.length >= 11);
});
