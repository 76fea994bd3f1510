import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { startRegistry } from "../../pack/test/image/support/registry-server.ts";
import { runProcess, scratchFolder } from "./support/run-cli.ts";

const HANDLERS = fileURLToPath(new URL("../../../handlers", import.meta.url));

describe("tricast build", () => {
  it("builds a predictor where it is told, and does nothing the second time", async () => {
    const folder = scratchFolder();
    const args = [
      "build",
      "aws-lambda",
      "--predictor",
      "iris",
      "--handlers",
      HANDLERS,
      "--arch",
      "arm64",
      "--arch",
      "x64",
    ];
    const first = await runProcess(folder, [...args, "--out", "made"]);
    assert.equal(first.exitCode, 0, first.stderr);
    const lines = first.stdout.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^ARTEFACT +SIZE +UNPACKED/);
    assert.match(lines[1] ?? "", /^made\/iris\/aws-lambda-arm64\/function\.zip +10\.\d MB +25\.\d MB +built$/);
    assert.match(lines[2] ?? "", /^made\/iris\/aws-lambda-x64\/function\.zip +18\.\d MB +46\.\d MB +built$/);
    const { handler } = JSON.parse(readFileSync(join(folder, "made/iris/aws-lambda-x64/build.json"), "utf8")).settings;
    assert.equal(handler, "index.handler");
    const second = await runProcess(folder, [...args, "--out", "made", "--json"]);
    const { builds } = JSON.parse(second.stdout) as { builds: { unchanged: boolean; arch: string }[] };
    assert.deepEqual(
      builds.map(({ unchanged, arch }) => [arch, unchanged]),
      [
        ["arm64", true],
        ["x64", true],
      ],
    );
  });

  it("makes one image of both architectures and pushes it, the second time without a blob", async (t) => {
    const registry = await startRegistry(t);
    const folder = scratchFolder();
    const push = `${registry.host}/team/{predictor}:1`;
    const image = ["--base", "scratch", "--arch", "x64,arm64", "--push", push];
    const args = ["build", "container", "--predictor", "iris", "--handlers", HANDLERS, ...image];
    const env = { XDG_CACHE_HOME: join(folder, "cache"), DOCKER_CONFIG: folder };
    const first = await runProcess(folder, args, env);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(first.stdout, /container-x64\+arm64\/image \(linux\/amd64\) +18\.\d MB +built\n/);
    assert.match(first.stdout, /container-x64\+arm64\/image \(linux\/arm64\) +10\.\d MB +built\n/);
    assert.match(first.stdout, /pushed \S+\/team\/iris@sha256:[0-9a-f]{64}\nblobs: \d+ uploaded\n/);
    assert.ok(registry.manifests.has("team/iris 1"));
    const second = await runProcess(folder, args, env);
    assert.match(second.stdout, /blobs: \d+ already there\n/);
  });
});
