import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildManifest, build } from "@tricast/pack";
import { LambdaFunction } from "../../../test/e2e/support/lambda-function.ts";
import { listFiles, scratch, unpack } from "./support/folders.ts";
import { canMakePlaces, type Mount, REPOSITORY, readOnlyPlace } from "./support/place.ts";
import { type Expected, expectedOf, PREDICTORS } from "./support/predictions.ts";
import { TestProject } from "./support/project.ts";

const folder = scratch();
const CLIENT = dirname(fileURLToPath(import.meta.resolve("aws-lambda-ric")));
const SUPPORT = join(REPOSITORY, "test/e2e/support");
const ZERO_CODE = `
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
export default definePredictor({ name: "probe", model: onnx("iris.onnx") });
`;

/** Unpacks a function's zip to /var/task and its layers to /opt, as Lambda does. */
async function startLambda(built: string, { artefacts, settings }: BuildManifest): Promise<LambdaFunction> {
  const place = join(built, "..", `place-${Math.random().toString(36).slice(2)}`);
  for (const { file, kind } of artefacts) unpack(join(built, file), join(place, kind === "function" ? "task" : "opt"));
  const handler = settings.handler ?? "";
  if (!canMakePlaces()) return startPlain(place, handler);
  const mounts: Mount[] = [
    { from: join(place, "task"), to: "/var/task" },
    { from: CLIENT, to: CLIENT },
    { from: SUPPORT, to: SUPPORT },
  ];
  if (artefacts.length > 1) mounts.push({ from: join(place, "opt/tricast"), to: "/opt/tricast" });
  return LambdaFunction.start({ taskRoot: "/var/task", handler, launcher: readOnlyPlace(mounts, "/var/task") });
}

/** Without mounts: layers beside the bundle, its second choice; and a look at whether anything was written there. */
async function startPlain(place: string, handler: string): Promise<LambdaFunction> {
  console.error("NO MOUNT NAMESPACES HERE: artefacts run in a writable folder, and are only looked at for new files");
  const layers = join(place, "opt/tricast");
  mkdirSync(layers, { recursive: true });
  for (const [from, to] of [
    ["onnxruntime", "task/onnxruntime"],
    ["models", "task"],
  ] as const) {
    mkdirSync(join(layers, from), { recursive: true });
    cpSync(join(layers, from), join(place, to), { recursive: true });
  }
  const files = listFiles(place);
  after(() => assert.deepEqual(listFiles(place), files));
  return LambdaFunction.start({ taskRoot: join(place, "task"), handler });
}

async function assertPredicts(fn: LambdaFunction, expected: readonly Expected[]): Promise<void> {
  assert.ok(expected.length > 0);
  for (const { input, body } of expected) {
    const outcome = await fn.invoke(input, { timeoutMs: 20_000 });
    assert.equal(outcome.kind, "response", `${JSON.stringify(outcome)}\n${fn.log}`);
    assert.equal(outcome.kind === "response" && outcome.body.toString("utf8"), body);
  }
}

describe("a built Lambda function in AWS's runtime client, on a read-only root", () => {
  for (const predictor of PREDICTORS) {
    describe(predictor, () => {
      let expected: readonly Expected[];

      before(async () => {
        expected = await expectedOf(predictor);
      });

      for (const format of ["cjs", "esm"] as const) {
        for (const layers of [false, true]) {
          it(`predicts its examples as its sources do, ${format}, ${layers ? "with layers" : "in one zip"}`, async () => {
            const out = join(folder, `${format}-${layers}`);
            const [result] = await build({
              ...here(predictor),
              targets: ["aws-lambda"],
              out,
              format,
              layers,
              archs: [ARCH],
            });
            assert.ok(result);
            assert.equal(result.manifest.artefacts.length, layers ? 3 : 1);
            const fn = await startLambda(result.folder, result.manifest);
            try {
              await assertPredicts(fn, expected);
            } finally {
              await fn.stop();
            }
          });
        }
      }
    });
  }

  it("serves a model without code, which a bundle for code leaves out", async () => {
    const project = new TestProject(join(folder, "zero-code"), {
      "predict.ts": ZERO_CODE,
      "iris.onnx": readFileSync(join(REPOSITORY, "handlers/iris/iris.onnx")),
    });
    symlinkSync(join(REPOSITORY, "node_modules/onnxruntime-node"), join(project.root, "node_modules/onnxruntime-node"));
    const [result] = await project.build({ archs: [ARCH] });
    assert.ok(result);
    const fn = await startLambda(result.folder, result.manifest);
    try {
      const outcome = await fn.invoke([[5.1, 3.5, 1.4, 0.2]], { timeoutMs: 20_000 });
      assert.equal(outcome.kind, "response", `${JSON.stringify(outcome)}\n${fn.log}`);
      const answer = JSON.parse(outcome.kind === "response" ? outcome.body.toString("utf8") : "{}");
      assert.deepEqual(Object.keys(answer), ["label", "probabilities"]);
      assert.deepEqual(answer.label, ["setosa"]);
    } finally {
      await fn.stop();
    }
  });

  it("can write to /tmp and nowhere else, where mounts can be made", async () => {
    if (!canMakePlaces()) return assert.ok(process.platform !== "linux" || process.getuid?.() !== 0);
    const { spawnSync } = await import("node:child_process");
    const [program, ...args] = readOnlyPlace([{ from: folder, to: "/var/task" }], "/var/task");
    const script =
      "touch /tmp/a && ! touch /var/task/a 2>/dev/null && ! touch /usr/a 2>/dev/null && ! touch /a 2>/dev/null && pwd";
    const run = spawnSync(program as string, [...args, "/bin/sh", "-c", script], { encoding: "utf8" });
    assert.deepEqual([run.status, run.stdout.trim()], [0, "/var/task"], run.stderr);
  });
});

const ARCH = process.arch === "arm64" ? "arm64" : "x64";

function here(predictor: string) {
  return { predictor, handlers: join(REPOSITORY, "handlers") };
}
