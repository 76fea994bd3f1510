import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { flowerProject } from "../support/flower-project.ts";
import { runCli, scratchFolder } from "../support/run-cli.ts";

const AWS = { region: "eu-central-1" };
const STAGES = { dev: {}, prod: { settings: { memoryMb: 2048, endpoint: { auth: "iam" } } } } as const;

describe("tricast plan", () => {
  it("prints a stage as a table, the first one by itself", async () => {
    const folder = flowerProject({ aws: AWS, gcp: { project: "flowers-123", region: "europe-west3" } });
    const { exitCode, stdout } = await runCli(folder, ["plan"]);
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      [
        "aws · eu-central-1 · alias live",
        "FUNCTION          MEMORY   CPU   ARCH  TIMEOUT  PACKAGING  WARM  PING  ENDPOINT    AUTH",
        "flowers-dev-iris  1024 MB  0.58  x64   29 s     layers     0     -     http /iris  none",
        "",
        "gcp · europe-west3 · project flowers-123 · function",
        "FUNCTION          MEMORY   CPU  ARCH  TIMEOUT  PACKAGING  WARM  PING  ENDPOINT  AUTH",
        "flowers-dev-iris  1024 MB  1    x64   29 s     zip        0     -     http /    none",
        "",
      ].join("\n"),
    );
  });

  it("prints containers and sites as tables of their own", async () => {
    const image = "registry.example.com/iris:1";
    const folder = flowerProject({ kubernetes: { image, warmInstances: 2 }, nginx: { domain: "models.example.com" } });
    const { stdout } = await runCli(folder, ["plan"]);
    assert.equal(
      stdout,
      [
        "kubernetes",
        "CONTAINER         SIZE            TIMEOUT  INSTANCES  AUTH  IMAGE",
        "flowers-dev-iris  1 CPU, 2048 MB  29 s     2-10       none  registry.example.com/iris:1",
        "",
        "nginx",
        "SITE                     SERVERS         TIMEOUT",
        "iris.models.example.com  127.0.0.1:8080  29 s",
        "",
      ].join("\n"),
    );
  });

  it("prints findings at the end, and fails with an error among them", async () => {
    const folder = flowerProject({ aws: { ...AWS, logRetentionDays: 10, warmInstances: 1, ping: {} } });
    const { exitCode, stdout } = await runCli(folder, ["plan"]);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /\n\nerror log-retention-days: aws\.iris\.logRetentionDays is 10 days\n {2}CloudWatch .*\n {2}Fix: choose 7 or 14\.\nwarning ping-beside-warm: /,
    );
    const warned = await runCli(flowerProject({ aws: { ...AWS, warmInstances: 1, ping: {} } }), ["plan", "--json"]);
    assert.deepEqual([warned.exitCode, JSON.parse(warned.stdout).findings.length], [0, 1]);
  });

  it("prints what changes between stages", async () => {
    const folder = flowerProject({ aws: AWS }, { stages: STAGES });
    const { stdout } = await runCli(folder, ["plan", "--stage", "prod", "--diff", "dev"]);
    assert.match(stdout, /^CHANGE +DEV +PROD\n/);
    assert.match(stdout, /\naws\.iris\.memoryMb +1024 +2048\n/);
    const { changes } = JSON.parse((await runCli(folder, ["plan", "--diff", "dev", "--json"])).stdout);
    assert.deepEqual(changes, []);
  });

  it("compares sizes that a build measured with the limits", async () => {
    const folder = flowerProject({ aws: AWS });
    const built = join(folder, ".tricast", "iris", "aws-lambda-x64");
    mkdirSync(built, { recursive: true });
    const artefact = { kind: "function", file: "function.zip", bytes: 4e7, unzippedBytes: 3e8, files: [] };
    writeFileSync(join(built, "build.json"), JSON.stringify({ artefacts: [artefact] }));
    const { exitCode, stdout } = await runCli(folder, ["plan"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /error lambda-unzipped-size: aws\.iris\.packaging is 300\.0 MB as "layers"/);
  });

  it("reads configurations in TypeScript and JSON, and tells what does not load", async () => {
    const folder = scratchFolder();
    const config = { service: "flowers", predictors: { iris: {} }, targets: { aws: AWS } };
    assert.match((await runCli(folder, ["plan"])).stderr, /tricast\.config\.ts does not exist; write it/);
    writeFileSync(join(folder, "tricast.config.json"), JSON.stringify(config));
    assert.equal((await runCli(folder, ["plan"])).exitCode, 0);
    writeFileSync(
      join(folder, "tricast.config.ts"),
      `const stage: string = "x"; export default ${JSON.stringify(config)};`,
    );
    assert.equal((await runCli(folder, ["plan"])).exitCode, 0);
    writeFileSync(join(folder, "broken.mjs"), "export default {");
    assert.match(
      (await runCli(folder, ["plan", "--config", "broken.mjs"])).stderr,
      /broken\.mjs does not load: Unexpected end/,
    );
    writeFileSync(join(folder, "wrong.json"), JSON.stringify({ ...config, servise: "x" }));
    assert.match(
      (await runCli(folder, ["plan", "--config", "wrong.json"])).stderr,
      /no key "servise"; did you mean "service"\?/,
    );
  });
});

describe("tricast render", () => {
  it("writes the files of a tool, the second time nothing", async () => {
    const folder = flowerProject({ aws: AWS }, { stages: STAGES });
    const first = await runCli(folder, ["render", "terraform", "--out", "infra", "--json"]);
    assert.equal(first.exitCode, 0, first.stderr);
    assert.ok(JSON.parse(first.stdout).files.every(({ written }: { written: boolean }) => written));
    assert.ok(readdirSync(join(folder, "infra/terraform/aws")).includes("prod.tfvars"));
    const text = readFileSync(join(folder, "infra/terraform/aws/main.tf"), "utf8");
    const second = await runCli(folder, ["render", "terraform", "--out", "infra"]);
    assert.ok(
      second.stdout
        .trim()
        .split("\n")
        .every((line) => line.endsWith("  unchanged")),
    );
    assert.equal(readFileSync(join(folder, "infra/terraform/aws/main.tf"), "utf8"), text);
  });

  it("writes one stage where one is named", async () => {
    const folder = flowerProject({ aws: AWS }, { stages: STAGES });
    await runCli(folder, ["render", "terraform", "--stage", "prod"]);
    assert.deepEqual(
      [existsSync(join(folder, "terraform/aws/prod.tfvars")), existsSync(join(folder, "terraform/aws/dev.tfvars"))],
      [true, false],
    );
  });

  it("writes nothing of a plan that would fail", async () => {
    const folder = flowerProject({ aws: { ...AWS, memoryMb: 64 } });
    const { exitCode, stdout } = await runCli(folder, ["render", "serverless"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^error aws-memory-range/);
    assert.ok(!existsSync(join(folder, "serverless.yml")));
  });

  it("writes no script for tokens of an issuer that Azure does not check", async () => {
    const auth = { issuer: "https://issuer.example.com", audience: ["flowers"] };
    const folder = flowerProject({ azure: { location: "westeurope", endpoint: { auth } } });
    for (const tool of ["scripts", "terraform"]) {
      const { exitCode, stdout } = await runCli(folder, ["render", tool]);
      assert.equal(exitCode, 1);
      assert.match(
        stdout,
        /^error azure-jwt-issuer: azure\.iris\.endpoint\.auth\.issuer is "https:\/\/issuer\.example\.com"\n.*\n {2}Fix: write the iss/,
      );
      assert.ok(!existsSync(join(folder, tool)));
    }
  });

  it("writes what containers need", async () => {
    const folder = flowerProject({ kubernetes: { image: "registry.example.com/iris:1" } });
    const { exitCode, stderr } = await runCli(folder, ["render", "kubernetes", "--stage", "dev"]);
    assert.equal(exitCode, 0, stderr);
    assert.match(readFileSync(join(folder, "kubernetes/dev/iris.yaml"), "utf8"), /kind: Deployment/);
    const missing = await runCli(flowerProject({ kubernetes: {} }), ["render", "kubernetes"]);
    assert.match(missing.stdout, /^error container-image-missing: kubernetes\.iris\.image is not set/);
  });

  it("says what is missing where there is nothing to write", async () => {
    const { exitCode, stderr } = await runCli(flowerProject({ aws: AWS }), ["render", "azure-ml", "--stage", "dev"]);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /stage dev of the configuration has no targets that azure-ml supports; add targets\.azureMl/);
  });
});
