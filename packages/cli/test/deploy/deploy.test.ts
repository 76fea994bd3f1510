import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RENDERERS } from "@tricast/plan/tools";
import { DEPLOY_TOOLS } from "../../src/deploy/tools/index.ts";
import { type FakeAnswer, type FakeTools, fakeTools } from "../support/fake-tools.ts";
import { builtFlowerProject, flowerProject } from "../support/flower-project.ts";
import { startLambdaService } from "../support/lambda-service.ts";
import { IRIS, startLiveEndpoint } from "../support/live-endpoint.ts";
import { runCli, scratchFolder } from "../support/run-cli.ts";
import { AWS_ENV, isSigned } from "../support/sigv4.ts";
import { terraformTool } from "../support/terraform-tool.ts";

const AWS = { region: "eu-central-1" };
const GCP = { project: "flowers-123", region: "europe-west3" };
const PLACE = "--stage dev --region eu-central-1";
const ON_RUN = "--project flowers-123 --region europe-west3";

/** osls 4.3.1: progress on standard error, the rest on standard output. */
function serverlessTool(url: string, deploy: FakeAnswer = {}): FakeTools {
  const endpoints = ["endpoints:", `  POST - ${url}/predict`, `  GET - ${url}/{proxy+}`];
  const about = ["service: flowers", "stage: dev", "region: eu-central-1", "stack: flowers-dev"];
  const functions = ["functions:", "  iris: flowers-dev-iris (47 MB)"];
  return fakeTools({
    serverless: {
      [`deploy ${PLACE}`]: {
        needs: ["serverless.yml"],
        stderr:
          '\nDeploying "flowers" to stage "dev" (eu-central-1)\n\n✔ Service deployed to stack flowers-dev (42s)\n\n',
        stdout: [...endpoints, ...functions, ""].join("\n"),
        ...deploy,
      },
      [`info ${PLACE}`]: { stdout: [...about, ...endpoints, ...functions, ""].join("\n") },
    },
  });
}

function awsProject(more: object = {}): string {
  return withService(flowerProject({ aws: { ...AWS, ...more } }));
}

async function builtAwsProject(more: object = {}): Promise<string> {
  return withService(await builtFlowerProject({ aws: { ...AWS, ...more } }));
}

function withService(folder: string): string {
  writeFileSync(join(folder, "serverless.yml"), "service: flowers\n");
  return folder;
}

describe("tricast deploy aws", () => {
  it("builds, shows the plan, deploys, and tries the live endpoint with every example", async () => {
    const { url, requests } = await startLiveEndpoint();
    const tools = serverlessTool(url);
    const folder = awsProject();
    const { exitCode, stdout, stderr } = await runCli(folder, ["deploy", "aws", "--yes"], { PATH: tools.path });
    assert.equal(exitCode, 0, stderr);
    assert.ok(existsSync(join(folder, ".tricast/iris/aws-lambda-x64/runtime-layer.zip")));
    assert.match(
      stderr,
      /flowers-dev-iris: built\naws · eu-central-1 · alias live\nFUNCTION .*\nflowers-dev-iris .*\n/,
    );
    assert.match(stderr, /✔ Service deployed to stack flowers-dev \(42s\)/);
    const rows = stdout.trim().split("\n").slice(1);
    assert.equal(rows.length, 3);
    assert.match(rows[0] ?? "", new RegExp(`^iris +${url} +0 +ok +cold +[\\d.]+ ms +.*predict [\\d.]+`));
    assert.match(rows[2] ?? "", / 2 +ok +warm /);
    assert.equal(requests.length, 3);
    assert.deepEqual(tools.calls(), [`serverless deploy ${PLACE}`, `serverless info ${PLACE}`]);
    const deployed = JSON.parse(readFileSync(join(folder, ".tricast/deployed/aws-dev.json"), "utf8"));
    assert.deepEqual(deployed, { target: "aws", stage: "dev", via: "serverless", endpoints: { iris: url } });
    const invoked = await runCli(folder, ["invoke", "aws", "--json"]);
    assert.equal(JSON.parse(invoked.stdout).body.label, "setosa");
  });

  it("signs the smoke test where the endpoint asks for it", async () => {
    const scope = { region: "eu-central-1", service: "execute-api" };
    const { url } = await startLiveEndpoint({
      refuse: (request, body) => (isSigned(request, body, scope) ? undefined : 403),
    });
    const tools = serverlessTool(url);
    const env = { PATH: tools.path, ...AWS_ENV };
    const { exitCode, stdout, stderr } = await runCli(
      await builtAwsProject({ endpoint: { auth: "iam" } }),
      ["deploy", "aws", "--yes"],
      env,
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout.trim().split("\n").at(-1) ?? "", /^iris +http\S+ +- +refused /);
  });

  it("takes the alias back where the smoke test fails and that was asked for", async () => {
    const { url } = await startLiveEndpoint({ refuse: () => 502 });
    const lambda = await startLambdaService(["6", "7", "12"]);
    const tools = serverlessTool(url);
    const env = { PATH: tools.path, ...AWS_ENV, AWS_ENDPOINT_URL_LAMBDA: lambda.url };
    const args = ["deploy", "aws", "--yes", "--rollback-on-failure", "--json"];
    const { exitCode, stdout, stderr } = await runCli(await builtAwsProject(), args, env);
    assert.equal(exitCode, 1, stderr);
    const { smoke, rolledBack } = JSON.parse(stdout);
    assert.ok(
      smoke.every(({ ok, problem }: { ok: boolean; problem: string }) => !ok && problem.startsWith("answered 502")),
    );
    assert.deepEqual(rolledBack, [{ name: "flowers-dev-iris", from: "version 12", to: "version 7" }]);
    assert.equal(lambda.aliases.get("flowers-dev-iris"), "7");
    assert.match(stderr, /iris, example 0: answered 502/);
  });

  it("leaves a failed deployment as it is where nobody said otherwise", async () => {
    const { url } = await startLiveEndpoint({ refuse: () => 502 });
    const tools = serverlessTool(url);
    const { exitCode, stdout } = await runCli(await builtAwsProject(), ["deploy", "aws", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 1);
    assert.match(stdout, / 0 +FAILED /);
    assert.doesNotMatch(stdout, /back from/);
  });

  it("says what the tool said last where it fails, and tries nothing", async () => {
    const { url, requests } = await startLiveEndpoint();
    const failure = {
      stderr: "\n✖ Stack flowers-dev failed to deploy (3s)\nError:\nThe role is not authorized\n",
      stdout: "",
      exitCode: 1,
    };
    const tools = serverlessTool(url, failure);
    const { exitCode, stderr } = await runCli(await builtAwsProject(), ["deploy", "aws", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /error deploy-failed: serverless deploy --stage dev --region eu-central-1 ended with exit code 1 and the output: .*The role is not authorized/s,
    );
    assert.deepEqual([requests.length, tools.calls().length], [0, 1]);
  });

  it("asks nobody where nobody is there, and deploys nothing", async () => {
    const tools = serverlessTool("http://127.0.0.1:1");
    const { exitCode, stderr } = await runCli(awsProject(), ["deploy", "aws"], { PATH: tools.path });
    assert.equal(exitCode, 2);
    assert.match(stderr, /standard input is not a terminal, so the command cannot ask; give --yes/);
    assert.deepEqual(tools.calls(), []);
  });

  it("refuses a plan with errors before any tool runs", async () => {
    const tools = serverlessTool("http://127.0.0.1:1");
    const folder = awsProject({ logRetentionDays: 10 });
    const { exitCode, stdout } = await runCli(folder, ["deploy", "aws", "--yes"], { PATH: tools.path });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^error log-retention-days/);
    assert.deepEqual([tools.calls(), existsSync(join(folder, ".tricast"))], [[], false]);
  });

  it("says which tool is missing, and which target or file", async () => {
    const nothing = fakeTools({});
    const tools = serverlessTool("http://127.0.0.1:1");
    const cases: readonly (readonly [FakeTools, string, readonly string[], RegExp])[] = [
      [nothing, awsProject(), ["aws"], /error missing-dependency: serverless is not on PATH; npm install --save-dev/],
      [tools, awsProject(), ["gcp"], /the configuration has no target gcp in stage dev/],
      [tools, flowerProject({ aws: AWS }), ["aws"], /serverless\.yml does not exist; write it with: tricast render/],
      [
        tools,
        awsProject(),
        ["aws", "--via", "scripts"],
        /scripts does not deploy to aws; give --via serverless or terra/,
      ],
    ];
    for (const [{ path }, folder, args, message] of cases) {
      const { exitCode, stderr } = await runCli(folder, ["deploy", ...args, "--yes"], { PATH: path });
      assert.deepEqual([exitCode, message.test(stderr)], [1, true], stderr);
    }
    assert.deepEqual(tools.calls(), []);
  });
});

/** Google Cloud CLI, `--format json`. */
function gcloudTool(serving: string) {
  const ready = { conditions: [{ type: "Ready", status: "True" }] };
  const broken = { conditions: [{ type: "Ready", status: "False" }] };
  const revisions = [
    { metadata: { name: "flowers-dev-iris-00003-c" }, status: ready },
    { metadata: { name: "flowers-dev-iris-00002-b" }, status: broken },
    { metadata: { name: "flowers-dev-iris-00001-a" }, status: ready },
  ];
  const status = { traffic: [{ revisionName: serving, percent: 100 }], latestReadyRevisionName: serving };
  const list = `run revisions list --service flowers-dev-iris ${ON_RUN} --sort-by ~metadata.creationTimestamp --format json`;
  return {
    [`run services describe flowers-dev-iris ${ON_RUN} --format json`]: { stdout: JSON.stringify({ status }) },
    [list]: { stdout: JSON.stringify(revisions) },
    [`run services update-traffic flowers-dev-iris ${ON_RUN} --to-revisions flowers-dev-iris-00001-a=100`]: {
      stderr: "Updating traffic...done.\n",
    },
  };
}

describe("tricast deploy with terraform", () => {
  it("writes the modules, shows what changes, applies that, and reads the endpoints", async () => {
    const { url } = await startLiveEndpoint({ path: "/" });
    const tools = fakeTools({ terraform: terraformTool("gcp", { endpoints: { iris: url } }) });
    const folder = await builtFlowerProject({ gcp: GCP });
    const { exitCode, stdout, stderr } = await runCli(folder, ["deploy", "gcp", "--via", "terraform", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /Plan: 12 to add.*\n.*Apply complete!/);
    assert.match(stdout, / 2 +ok /);
    assert.deepEqual(
      tools.calls().map((line) => line.split(" ")[2]),
      ["init", "workspace", "plan", "apply", "output", "output"],
    );
  });

  it("works from another folder, with artefacts elsewhere", async () => {
    const { url } = await startLiveEndpoint({ path: "/" });
    const folder = await builtFlowerProject({ gcp: GCP });
    const artefacts = join(scratchFolder(), "built");
    cpSync(join(folder, ".tricast"), artefacts, { recursive: true, preserveTimestamps: true });
    const tools = fakeTools({
      terraform: terraformTool("gcp", { endpoints: { iris: url } }, `-var=artefacts=${artefacts} `),
    });
    const config = join(folder, "tricast.config.mjs");
    const args = ["deploy", "gcp", "--config", config, "--artefacts", artefacts, "--yes"];
    const { exitCode, stderr } = await runCli(scratchFolder(), args, { PATH: tools.path });
    assert.equal(exitCode, 0, stderr);
    assert.ok(existsSync(join(folder, "terraform/gcp/main.tf")));
    assert.ok(existsSync(join(artefacts, "deployed/gcp-dev.json")));
  });

  it("asks for the programs that the modules call before anything is built", async () => {
    const tools = fakeTools({ terraform: {} });
    const rollout = { ...AWS, rollout: { kind: "canary" }, alarms: {} } as const;
    for (const [targets, missing] of [
      [{ azure: { location: "westeurope" } }, /az is not on PATH/],
      [{ aws: rollout }, /aws is not on PATH/],
    ] as const) {
      const folder = flowerProject(targets);
      const args = ["deploy", ...Object.keys(targets), "--via", "terraform", "--yes"];
      const { exitCode, stderr } = await runCli(folder, args, { PATH: tools.path });
      assert.deepEqual(
        [exitCode, missing.test(stderr), existsSync(join(folder, ".tricast"))],
        [1, true, false],
        stderr,
      );
    }
    assert.deepEqual(tools.calls(), []);
  });

  it("refuses a stage whose callers cannot be checked before anything is built, and no other target's", async () => {
    const tools = fakeTools({ terraform: {}, az: {} });
    const tokens = { auth: { issuer: "https://issuer.example.com", audience: ["flowers"] } };
    const stages = { dev: {}, prod: { targets: { azure: { endpoint: tokens }, gcp: { endpoint: tokens } } } };
    const folder = flowerProject({ azure: { location: "westeurope" }, gcp: GCP }, { stages });
    const { exitCode, stderr } = await runCli(folder, ["deploy", "azure", "--via", "terraform", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /error invalid-option: azure\.iris\.endpoint\.auth\.issuer is "https:\/\/issuer\.example\.com" in stage prod\./,
    );
    assert.doesNotMatch(stderr, /gcp/);
    for (const name of ["terraform", ".tricast"]) assert.ok(!existsSync(join(folder, name)), name);
    assert.deepEqual(tools.calls(), []);
  });

  it("starts the rollouts that the modules leave to somebody", async () => {
    const { url } = await startLiveEndpoint();
    const rollout = "aws deploy create-deployment --region eu-central-1 --deployment-group-name iris";
    const tools = fakeTools({
      terraform: terraformTool("aws", { endpoints: { iris: url }, rollouts: { iris: rollout } }),
      aws: { [rollout.slice(4)]: { stdout: '{"deploymentId": "d-1"}' } },
    });
    const folder = await builtFlowerProject({ aws: { ...AWS, rollout: { kind: "canary" }, alarms: {} } });
    const { exitCode, stderr } = await runCli(folder, ["deploy", "aws", "--via", "terraform", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 0, stderr);
    assert.ok(tools.calls().includes(rollout));
  });

  it("moves Google's traffic back to the newest older revision that is ready", async () => {
    const { url } = await startLiveEndpoint({ path: "/", refuse: () => 500 });
    const tools = fakeTools({
      terraform: terraformTool("gcp", { endpoints: { iris: url } }),
      gcloud: gcloudTool("flowers-dev-iris-00003-c"),
    });
    const args = ["deploy", "gcp", "--via", "terraform", "--yes", "--rollback-on-failure"];
    const folder = await builtFlowerProject({ gcp: GCP });
    const { exitCode, stdout, stderr } = await runCli(folder, args, { PATH: tools.path });
    assert.equal(exitCode, 1, stderr);
    assert.match(stdout, /flowers-dev-iris: rolled back from flowers-dev-iris-00003-c to flowers-dev-iris-00001-a\n$/);
  });
});

describe("tricast deploy with scripts", () => {
  it("runs the stage's script with gcloud, and asks gcloud where the service is", async () => {
    const { url } = await startLiveEndpoint({ path: "/" });
    const name = "flowers-dev-iris";
    const folder = await builtFlowerProject({ gcp: GCP });
    const tools = fakeTools({
      gcloud: {
        "services enable *": {},
        "storage buckets *": {},
        "iam service-accounts *": {},
        [`storage cp ${join(folder, ".tricast")}/iris/cloud-functions-x64/source.zip *`]: {
          needs: [".tricast/iris/cloud-functions-x64/source.zip"],
        },
        [`functions deploy ${name} --gen2 *`]: { stderr: "Updating function...done.\n" },
        [`functions describe ${name} *`]: { stdout: `${url}\n` },
        [`run services describe ${name} ${ON_RUN} --format value(status.url)`]: { stdout: `${url}\n` },
      },
    });
    const { exitCode, stdout, stderr } = await runCli(folder, ["deploy", "gcp", "--via", "scripts", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, / 2 +ok /);
    assert.ok(tools.calls().some((line) => line.startsWith(`gcloud functions deploy ${name} --gen2`)));
  });

  it("writes no script of another target, whose mistakes are no reason not to deploy this one", async () => {
    const { url } = await startLiveEndpoint({ path: "/" });
    const folder = await builtFlowerProject({ gcp: GCP });
    const azure = { location: "westeurope", endpoint: { auth: "iam" } };
    const config = { service: "flowers", predictors: { iris: { entry: IRIS } }, targets: { azure, gcp: GCP } };
    writeFileSync(join(folder, "tricast.config.mjs"), `export default ${JSON.stringify(config)};`);
    const tools = fakeTools({
      gcloud: {
        "services enable *": {},
        "storage *": {},
        "iam *": {},
        "functions *": {},
        "run services describe *": { stdout: `${url}\n` },
      },
    });
    const { exitCode, stderr } = await runCli(folder, ["deploy", "gcp", "--via", "scripts", "--yes"], {
      PATH: tools.path,
    });
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(readdirSync(join(folder, "scripts/dev")), ["deploy-gcp.sh"]);
  });
});

describe("every tool that deploys", () => {
  it("applies what a renderer of its name writes, which the matrix of authentication covers", () => {
    for (const { name, targets } of DEPLOY_TOOLS) {
      const renderer = Object.entries(RENDERERS).find(([own]) => own === name)?.[1];
      assert.deepEqual(
        targets.filter((target) => !renderer?.targets.some((own) => own === target)),
        [],
        name,
      );
    }
  });
});

describe("tricast rollback", () => {
  it("goes further back each time, and says where the end is", async () => {
    const lambda = await startLambdaService(["3", "4"]);
    const folder = awsProject();
    const env = { ...AWS_ENV, AWS_ENDPOINT_URL_LAMBDA: lambda.url };
    const { stdout } = await runCli(folder, ["rollback", "aws"], env);
    assert.equal(stdout, "flowers-dev-iris: rolled back from version 4 to version 3\n");
    const { exitCode, stderr } = await runCli(folder, ["rollback", "aws"], env);
    assert.equal(exitCode, 1);
    assert.match(stderr, /flowers-dev-iris has no version before version 3/);
  });

  it("says that Lambda does not accept the credentials", async () => {
    const lambda = await startLambdaService(["3", "4"]);
    const env = { ...AWS_ENV, AWS_SECRET_ACCESS_KEY: "another", AWS_ENDPOINT_URL: lambda.url };
    const { stderr } = await runCli(awsProject(), ["rollback", "aws"], env);
    assert.match(stderr, /error credentials-missing: Lambda answered 403 to GET .*signature does not match/);
  });
});
