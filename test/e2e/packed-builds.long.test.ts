import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BuildManifest, Target } from "@tricast/pack";
import { TARGET_NAMES } from "@tricast/pack/choices";
import { unpack, writeFiles } from "../../packages/pack/test/support/folders.ts";
import { expectedOf } from "../../packages/pack/test/support/predictions.ts";
import { type Server, startServer } from "../../packages/pack/test/support/server.ts";
import { ROOT } from "../../scripts/check/repository.ts";
import { LambdaFunction } from "./support/lambda-function.ts";
import { installPackedProject, type PackedProject } from "./support/packed-project.ts";

/** A predictor without a model, with the file of every target. */
const DOUBLE = {
  "predict.ts": `
    import { definePredictor } from "@tricast/core";
    export default definePredictor({ name: "double", examples: [21], predict: (input: number) => input * 2 });
  `,
  "aws-lambda.ts": `
    import { lambda } from "@tricast/aws-lambda";
    import predictor from "./predict.ts";
    export const handler = lambda(predictor);
  `,
  "azure-functions.ts": `
    import { azureFunctions } from "@tricast/azure-functions";
    import predictor from "./predict.ts";
    azureFunctions(predictor);
  `,
  "cloud-functions.ts": `
    import { cloudFunctions } from "@tricast/cloud-functions";
    import predictor from "./predict.ts";
    cloudFunctions(predictor);
  `,
};

const SERVICE = `
service: flowers
plugins: [serverless-tricast]
provider: { name: aws, region: eu-west-1, stage: test }
functions:
  iris:
    handler: handlers/iris/aws-lambda.handler
    architecture: ${process.arch === "arm64" ? "arm64" : "x86_64"}
    tricast: { packaging: zip, warmInstances: 0 }
    events: [{ httpApi: POST /predict }]
`;

const place = mkdtempSync(join(tmpdir(), "tricast packed "));
const folder = join(place, "project");
/** Outside of the project, whose package.json would say what a module is. */
const unpacked = join(place, "unpacked");
const ARCH = process.arch === "arm64" ? "arm64" : "x64";
const ANSWERS = {
  iris: (await expectedOf("iris")).map(({ input, body }) => [input, body] as const),
  double: [[21, "42"]] as const,
};
type Predictor = keyof typeof ANSWERS;

interface Built {
  readonly folder: string;
  readonly manifest: BuildManifest;
}

describe("packages as they are published, outside the workspace", () => {
  let project: PackedProject;

  before(() => {
    project = installPackedProject(folder, ["valibot", "@valibot/to-json-schema"]);
    cpSync(join(ROOT, "handlers/iris"), join(folder, "handlers/iris"), { recursive: true });
    writeFiles(join(folder, "handlers/double"), DOUBLE);
    const { status, text } = project.run("node_modules/tricast/dist/main.js", ["build", "all", "--arch", ARCH]);
    assert.equal(status, 0, text);
  });
  after(() => rmSync(place, { recursive: true }));

  for (const predictor of Object.keys(ANSWERS) as Predictor[]) {
    describe(`tricast build all of ${predictor}`, () => {
      for (const target of TARGET_NAMES) {
        it(`makes an artefact for ${target} that answers as the sources do`, async () => {
          const built = builtFor(predictor, target);
          if (built === undefined) return void assert.ok(ARCH === "arm64", `${target} is not built`);
          assertFromPackages(built);
          await START[target](predictor, built);
        });
      }
    });
  }

  it("are enough for the Serverless plugin, whose package answers as the sources do", async () => {
    writeFiles(folder, { "serverless.yml": SERVICE });
    const { status, text } = project.run(join(ROOT, "node_modules/serverless/bin/serverless.js"), ["package"]);
    assert.equal(status, 0, text);
    const at = join(unpacked, "serverless");
    unpack(join(folder, ".serverless/tricast-function-iris.zip"), at);
    await assertLambda("iris", at, "index.handler");
  });
});

function builtFor(predictor: Predictor, target: Target): Built | undefined {
  const at = join(folder, ".tricast", predictor, `${target}-${ARCH}`);
  if (!existsSync(at)) return undefined;
  return { folder: at, manifest: JSON.parse(readFileSync(join(at, "build.json"), "utf8")) as BuildManifest };
}

/** Every module of ours in the bundle is one that was compiled and installed. */
function assertFromPackages({ folder: at, manifest: { outputs } }: Built): void {
  const map = outputs.find(({ file }) => /\.[cm]?js\.map$/.test(file))?.file ?? assert.fail("no source map");
  const { sources } = JSON.parse(readFileSync(join(at, map), "utf8")) as { sources: readonly string[] };
  const ours = sources.filter((source) => source.includes("@tricast/"));
  assert.ok(ours.length > 10);
  const wrong = ours.filter((source) => !/^node_modules\/@tricast\/[a-z-]+\/dist\/.+\.js$/.test(source));
  assert.deepEqual(wrong, []);
}

const START: Readonly<Record<Target, (predictor: Predictor, built: Built) => Promise<void>>> = {
  "aws-lambda": (predictor, built) => assertLambda(predictor, laidOut(built), built.manifest.settings.handler),
  "aws-lambda-image": (predictor, built) => assertLambda(predictor, laidOut(built), built.manifest.settings.handler),
  "azure-functions": async (predictor, built) => {
    const host = join(ROOT, "scripts/start/azure-host.ts");
    const at = laidOut(built);
    const args = (port: number) => ["--conditions=@tricast/source", host, "--root", at, "--port", String(port)];
    const server = await startServer((port) => [process.execPath, ...args(port)], {
      env: () => ({}),
      ready: /warmupTrigger/,
    });
    await assertServer(predictor, server, `/api/${predictor}/predict`);
  },
  "cloud-functions": async (predictor, built) => {
    const program = join(laidOut(built), "node_modules/.bin/functions-framework");
    const server = await startServer(() => [...IN_FOLDER, join(program, "../../.."), process.execPath, program], {
      env: (port) => ({ FUNCTION_TARGET: built.manifest.settings.entryPoint ?? "", PORT: String(port) }),
      ready: /URL: http/,
    });
    await assertServer(predictor, server, "/predict");
  },
  container: async (predictor, built) => {
    const [, main = ""] = built.manifest.settings.command?.split(" ") ?? [];
    const server = await startServer(() => [process.execPath, join(laidOut(built), main)], {
      env: (port) => ({ PORT: String(port) }),
      ready: /"message":"ready"/,
    });
    await assertServer(predictor, server, "/predict");
  },
};

const IN_FOLDER = ["sh", "-c", 'cd "$0" && exec "$@"'];

/** The files of an artefact where the platform has them: unpacked from its zip, or copied as its Dockerfile does. */
function laidOut({ folder: from, manifest: { predictor, target, artefacts } }: Built): string {
  const at = join(unpacked, predictor, target);
  for (const { file, kind, files } of artefacts) {
    if (kind !== "docker-context") unpack(join(from, file), at);
    else for (const { group, path } of files) cpSync(join(from, group, path), join(at, path));
  }
  return at;
}

async function assertLambda(predictor: Predictor, taskRoot: string, handler = ""): Promise<void> {
  const fn = await LambdaFunction.start({ taskRoot, handler });
  try {
    for (const [input, body] of ANSWERS[predictor]) {
      const outcome = await fn.invoke(input, { timeoutMs: 20_000 });
      assert.equal(outcome.kind, "response", `${JSON.stringify(outcome)}\n${fn.log}`);
      assert.equal(outcome.kind === "response" && outcome.body.toString("utf8"), body);
    }
  } finally {
    await fn.stop();
  }
}

async function assertServer(predictor: Predictor, server: Server, path: string): Promise<void> {
  try {
    for (const [input, body] of ANSWERS[predictor]) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(input) });
      assert.deepEqual([response.status, await response.text()], [200, body]);
    }
  } finally {
    assert.equal(await server.stop(), 0);
  }
}
