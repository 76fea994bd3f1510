import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { examineNode } from "../../src/doctor/checks.ts";
import { type FakeAnswers, fakeTools } from "../support/fake-tools.ts";
import { flowerProject } from "../support/flower-project.ts";
import { runCli, scratchFolder } from "../support/run-cli.ts";
import { AWS_ENV } from "../support/sigv4.ts";

const ALL = {
  aws: { region: "eu-central-1" },
  azure: { location: "westeurope" },
  gcp: { project: "flowers-123", region: "europe-west3" },
};

const WELL: FakeAnswers = {
  serverless: { "--version": { stdout: "4.3.1\n" } },
  terraform: { version: { stdout: "Terraform v1.11.4\non linux_amd64\n" } },
  az: {
    version: { stdout: '{\n  "azure-cli": "2.75.0",\n  "azure-cli-core": "2.75.0"\n}\n' },
    "account show --query name --output tsv": { stdout: "Flowers\n" },
  },
  gcloud: {
    version: { stdout: "Google Cloud SDK 528.0.0\nbq 2.1.17\n" },
    "config get-value account": { stdout: "ana@flowers.dev\n" },
  },
};

const ILL: FakeAnswers = {
  serverless: { "--version": { stderr: "Cannot find module 'serverless'\n", exitCode: 1 } },
  az: {
    version: { stdout: '{ "azure-cli": "2.75.0" }' },
    "account show --query name --output tsv": {
      stderr: "ERROR: Please run 'az login' to setup account.\n",
      exitCode: 1,
    },
  },
  gcloud: { version: { stdout: "Google Cloud SDK 528.0.0\n" }, "config get-value account": { stdout: "(unset)\n" } },
};

async function examine(
  folder: string,
  tools: FakeAnswers,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
) {
  const { path } = fakeTools(tools);
  const { exitCode, stdout, stderr } = await runCli(folder, ["doctor", ...args, "--json"], { PATH: path, ...env });
  assert.ok(stdout.startsWith("{"), stderr);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; finding: string; fix: string }[] };
  return { exitCode, checks, of: (name: string) => checks.find((check) => check.name === name) ?? assert.fail(name) };
}

describe("tricast doctor", () => {
  it("finds nothing wrong where all is well", async () => {
    const { exitCode, checks, of } = await examine(flowerProject(ALL), WELL, AWS_ENV);
    assert.deepEqual(
      checks.filter(({ status, name }) => status !== "ok" && name !== "disk-space"),
      [],
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(
      ["serverless", "terraform", "az", "azure-credentials", "gcloud", "google-credentials", "aws-credentials"].map(
        (name) => of(name).finding,
      ),
      [
        "serverless 4.3.1",
        "terraform 1.11.4",
        "az 2.75.0",
        "Flowers",
        "gcloud 528.0.0",
        "ana@flowers.dev",
        "access key AKID...",
      ],
    );
  });

  it("names each finding and its fix where nothing is", async () => {
    const nothing = { AWS_ACCESS_KEY_ID: "" };
    const { exitCode, of } = await examine(flowerProject(ALL), ILL, nothing);
    assert.equal(exitCode, 1);
    const expected = [
      ["serverless", /ended with 1: Cannot find module/, /npm install/],
      ["terraform", /terraform is not on PATH/, /terraform\/install/],
      ["azure-credentials", /not logged in: ERROR: Please run/, /az login/],
      ["google-credentials", /not logged in: \(unset\)/, /gcloud auth login/],
      ["aws-credentials", /no credentials in the environment/, /AWS_ACCESS_KEY_ID/],
    ] as const;
    for (const [name, finding, fix] of expected) {
      assert.equal(of(name).status, "error", name);
      assert.match(of(name).finding, finding);
      assert.match(of(name).fix, fix);
    }
  });

  it("looks at the targets of the configuration, or at one", async () => {
    const folder = flowerProject({ gcp: ALL.gcp });
    const names = async (args: readonly string[]) =>
      (await examine(folder, WELL, {}, args)).checks.map(({ name }) => name);
    assert.deepEqual(
      (await names([])).filter((name) => /aws|az|serverless/.test(name)),
      [],
    );
    assert.ok((await names(["azure"])).includes("azure-credentials"));
  });

  it("finds a configuration that does not load, and rules that it breaks", async () => {
    const missing = await examine(scratchFolder(), WELL, AWS_ENV);
    assert.deepEqual([missing.of("configuration").status, missing.of("rules").status], ["error", "warning"]);
    const broken = await examine(flowerProject({ aws: { ...ALL.aws, memoryMb: 1 } }), WELL, AWS_ENV);
    assert.deepEqual([broken.of("rules").status, broken.of("rules").finding], ["error", "aws-memory-range"]);
  });

  it("finds handlers and models that are not there", async () => {
    const folder = flowerProject(ALL, { predictors: { iris: { entry: "iris" } } });
    mkdirSync(join(folder, "iris"));
    const none = (await examine(folder, WELL, AWS_ENV)).of("predictors");
    assert.match(
      none.finding,
      /iris\/predict\.ts, .*iris\/aws-lambda\.ts, .*azure-functions\.ts, .*cloud-functions\.ts$/,
    );
    for (const name of ["aws-lambda", "azure-functions", "cloud-functions"])
      writeFileSync(join(folder, "iris", `${name}.mjs`), "");
    const source =
      'export default { [Symbol.for("tricast.predictor")]: true, definition: { name: "iris", model: { uri: "iris.onnx", load() {} } } };';
    writeFileSync(join(folder, "iris", "predict.mjs"), source);
    const model = (await examine(folder, WELL, AWS_ENV)).of("predictors");
    assert.match(model.finding, /^model missing: .*iris\.onnx$/);
  });

  it("knows the Node that is too old", () => {
    assert.deepEqual(
      [examineNode("24.21.0").status, examineNode("22.0.0").status, examineNode("20.20.2").status],
      ["ok", "ok", "error"],
    );
  });
});
