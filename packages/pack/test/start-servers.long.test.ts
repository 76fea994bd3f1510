import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type BuildResult, build, type Target } from "@tricast/pack";
import { listFiles, scratch, unpack } from "./support/folders.ts";
import { canMakePlaces, REPOSITORY, readOnlyPlace } from "./support/place.ts";
import { type Expected, expectedOf, PREDICTORS } from "./support/predictions.ts";
import { TestProject } from "./support/project.ts";
import { type Server, startServer } from "./support/server.ts";

const folder = scratch();
const HOST = join(REPOSITORY, "scripts/start/azure-host.ts");
const NODE_FLAG = "--conditions=@tricast/source";

async function buildFor(predictor: string, target: Target): Promise<BuildResult> {
  const [result] = await build({ predictor, handlers: join(REPOSITORY, "handlers"), targets: [target], out: folder });
  assert.ok(result);
  return result;
}

/** The folder that the platform has, and a command line that starts in it. */
function place(
  name: string,
  home: string,
  from: string,
  withRepository: boolean,
): { at: string; launcher: readonly string[] } {
  if (canMakePlaces()) {
    const mounts = [{ from, to: home }, ...(withRepository ? [{ from: REPOSITORY, to: REPOSITORY }] : [])];
    return { at: home, launcher: readOnlyPlace(mounts, home) };
  }
  console.error("NO MOUNT NAMESPACES HERE: artefacts run in a writable folder");
  const at = join(folder, `plain-${name}`);
  cpSync(from, at, { recursive: true });
  return { at, launcher: ["sh", "-c", 'cd "$0" && exec "$@"', at] };
}

async function assertPredicts(url: string, expected: readonly Expected[]): Promise<void> {
  assert.ok(expected.length > 0);
  for (const { input, body } of expected) {
    const response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(input),
      headers: { "content-type": "application/json" },
    });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), body);
  }
}

/** By the entry that the artefact names, on Google's own framework that it carries. */
function startGoogle(name: string, from: string, program: string): Promise<Server> {
  const { at, launcher } = place(`google-${name}`, "/workspace", from, false);
  return startServer(() => [...launcher, process.execPath, join(at, program)], {
    env: (port) => ({ FUNCTION_TARGET: name, PORT: String(port) }),
    ready: /URL: http/,
  });
}

for (const predictor of PREDICTORS) {
  describe(`the built artefacts of ${predictor}, on a read-only root`, () => {
    let expected: readonly Expected[];

    before(async () => {
      expected = await expectedOf(predictor);
    });

    it("predict as the sources do on Azure's own library, loaded as the worker loads it", async () => {
      const { folder: built } = await buildFor(predictor, "azure-functions");
      const app = join(folder, `azure ${predictor}`);
      unpack(join(built, "app.zip"), app);
      const { at, launcher } = place(`azure-${predictor}`, "/home/site/wwwroot", app, true);
      const command = (port: number) => [
        ...launcher,
        process.execPath,
        NODE_FLAG,
        HOST,
        "--root",
        at,
        "--port",
        String(port),
      ];
      const server = await startServer(command, { env: () => ({}), ready: /warmupTrigger/ });
      await assertPredicts(`${server.url}/api/${predictor}/predict`, expected);
      assert.equal(await server.stop(), 0);
    });

    it("predict as the sources do on Google's own framework, which is in the zip", async () => {
      const { folder: built, manifest } = await buildFor(predictor, "cloud-functions");
      const source = join(folder, `google ${predictor}`);
      unpack(join(built, "source.zip"), source);
      const server = await startGoogle(
        manifest.settings.entryPoint ?? "",
        source,
        "node_modules/.bin/functions-framework",
      );
      await assertPredicts(`${server.url}/predict`, expected);
      const broken = await fetch(`${server.url}/predict`, {
        method: "POST",
        body: "{",
        headers: { "content-type": "application/json" },
      });
      // Our answer and not the framework's page: @tricast/cloud-functions still knows the bundled framework.
      assert.equal(((await broken.json()) as { code: string }).code, "invalid-json");
      assert.equal(await server.stop(), 0, "it ends after SIGTERM");
    });
  });
}

describe("a container's files", () => {
  /** As the Dockerfile copies and starts them. */
  async function startContainer({ folder: built, manifest }: BuildResult): Promise<Server> {
    const app = join(folder, `container ${built.replaceAll("/", " ")}`);
    for (const { group, path } of manifest.artefacts[0]?.files ?? []) cpSync(join(built, group, path), join(app, path));
    const { at, launcher } = place(built.replaceAll("/", " "), "/app", app, false);
    const [, program = ""] = manifest.settings.command?.split(" ") ?? [];
    return startServer(() => [...launcher, process.execPath, join(at, program)], {
      env: (port) => ({ PORT: String(port) }),
      ready: /"message":"ready"/,
    });
  }

  for (const predictor of PREDICTORS) {
    it(`predict ${predictor} as the sources do, and end by themselves on SIGTERM`, async () => {
      const server = await startContainer(await buildFor(predictor, "container"));
      await assertPredicts(`${server.url}/predict`, await expectedOf(predictor));
      assert.equal(await server.stop(), 0);
    });
  }

  it("begin with the project's own server where it has one", async () => {
    const own = `
      import { serve } from "@tricast/server";
      import predictor from "./predict.ts";
      console.log("a server of somebody's own");
      serve(predictor);
    `;
    const [result] = await new TestProject(join(folder, "own"), { "server.ts": own }).build({ targets: ["container"] });
    assert.ok(result);
    const server = await startContainer(result);
    assert.match(server.output(), /a server of somebody's own/);
    await assertPredicts(`${server.url}/predict`, [{ input: { value: 2 }, body: '{"doubled":4}' }]);
    assert.equal(await server.stop(), 0);
  });
});

describe("the Google zip", () => {
  it("needs nothing of a registry when Google's buildpack prepares it", async () => {
    const { folder: built } = await buildFor("iris", "cloud-functions");
    const source = join(folder, "google offline");
    unpack(join(built, "source.zip"), source);
    const before = listFiles(source);
    // What the buildpack runs with GOOGLE_VENDOR_NPM_DEPENDENCIES (buildpacks: cmd/nodejs/npm, pkg/nodejs/npm.go).
    for (const args of [["install", "--package-lock-only", "--quiet"], ["rebuild"]]) {
      const npmrc = join(folder, "empty-npmrc");
      mkdirSync(join(folder, "home"), { recursive: true });
      writeFileSync(npmrc, "");
      const run = spawnSync(
        "npm",
        [...args, "--offline", "--cache", join(folder, "npm-cache"), "--userconfig", npmrc],
        {
          cwd: source,
          encoding: "utf8",
          env: { PATH: process.env.PATH, HOME: join(folder, "home") },
        },
      );
      assert.equal(run.status, 0, `npm ${args.join(" ")}: ${run.stderr}`);
    }
    const added = listFiles(source).filter((file) => !before.includes(file));
    assert.deepEqual(
      added.filter((file) => !/package-lock\.json$/.test(file)),
      [],
    );
    const started = await startGoogle("iris", source, "node_modules/.bin/functions-framework");
    await assertPredicts(`${started.url}/predict`, await expectedOf("iris"));
    await started.stop();
  });
});
