import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeDeployed } from "../../src/deploy/deployed.ts";
import { authorize } from "../../src/invoke/authorize.ts";
import { fakeTools } from "../support/fake-tools.ts";
import { flowerProject } from "../support/flower-project.ts";
import { listen, startLiveEndpoint } from "../support/live-endpoint.ts";
import { type Finished, runCli, runProcess } from "../support/run-cli.ts";
import { AWS_ENV, isSigned } from "../support/sigv4.ts";

const AWS = { region: "eu-central-1" };
const AZURE = { location: "westeurope" };
const GCP = { project: "flowers-123", region: "europe-west3" };
const NOBODY = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

function answerOf({ stdout, stderr }: Finished) {
  assert.ok(stdout.startsWith("{"), `${stdout}\n${stderr}`);
  return JSON.parse(stdout);
}

describe("tricast invoke local", () => {
  const folder = flowerProject({ aws: AWS });

  it("answers an example in this process, with start and timings", async () => {
    const answer = answerOf(await runProcess(folder, ["invoke", "local", "--json"]));
    assert.deepEqual([answer.status, answer.cold, answer.body.label], [200, true, "setosa"]);
    assert.ok(answer.timings.predict >= 0 && answer.timings.load > 0);
    assert.match(answer.instance, /^[a-z0-9]{16}$/);
  });

  it("prints the answer and then where the time went, and nothing else on standard output", async () => {
    const { stdout, exitCode } = await runProcess(folder, ["invoke", "local", "--example", "2"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^\{\n {2}"label": "virginica"/);
    assert.match(
      stdout,
      /\n\nstatus 200 · cold · [\d.]+ ms in total · in the server: load [\d.]+ ms, .* · instance \w+\n$/,
    );
  });

  it("sends data as text and from a file, and fails with what the predictor refuses", async () => {
    writeFileSync(join(folder, "flower.json"), '{ "features": [6.3, 3.3, 6, 2.5] }');
    const fromFile = answerOf(await runProcess(folder, ["invoke", "local", "--json", "--data", "@flower.json"]));
    assert.equal(fromFile.body.label, "virginica");
    const refused = await runProcess(folder, ["invoke", "local", "--json", "--data", '{"features":[1]}']);
    assert.deepEqual([refused.exitCode, answerOf(refused).body.code], [1, "invalid-input"]);
  });

  it("says what cannot be sent", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["--example", "9"], /iris has no example 9, only 3 examples numbered from 0/],
      [["--data", "{"], /--data is not JSON/],
      [["--data", "@gone.json"], /gone\.json cannot be read/],
      [["--predictor", "irsi"], /the configuration does not have a predictor "irsi"; did you mean "iris"\?/],
      [["--config", "gone.ts"], /gone\.ts does not exist/],
    ];
    for (const [args, message] of cases) {
      const { exitCode, stderr } = await runProcess(folder, ["invoke", "local", ...args]);
      assert.deepEqual([exitCode, message.test(stderr)], [1, true], stderr);
    }
  });
});

describe("tricast invoke URL", () => {
  const folder = flowerProject({ aws: AWS });

  it("tells cold from warm and names the instance of the real handler", async () => {
    const { url, requests } = await startLiveEndpoint();
    const first = answerOf(await runProcess(folder, ["invoke", url, "--json"]));
    const second = answerOf(
      await runProcess(folder, ["invoke", `${url}/predict`, "--json", "--data", '{"features":[6,3,4,1]}']),
    );
    assert.deepEqual([first.status, first.cold, second.cold], [200, true, false]);
    assert.equal(first.instance, second.instance);
    assert.deepEqual(
      requests.map(({ method, path }) => `${method} ${path}`),
      ["POST /iris/predict", "POST /iris/predict"],
    );
  });

  it("carries keys and tokens", async () => {
    const { url, requests } = await startLiveEndpoint();
    await runCli(folder, ["invoke", url, "--api-key", "k-1"]);
    await runCli(folder, ["invoke", url], { TRICAST_TOKEN: "t-1" });
    assert.equal(requests[0]?.headers["x-api-key"], "k-1");
    assert.equal(requests[1]?.headers.authorization, "Bearer t-1");
  });

  it("fails with an answer of 400 and above, and where nothing answers", async () => {
    const { url } = await startLiveEndpoint({ refuse: () => 403 });
    const refused = await runCli(folder, ["invoke", url, "--json"]);
    assert.deepEqual([refused.exitCode, answerOf(refused).status], [1, 403]);
    const { exitCode, stderr } = await runCli(folder, ["invoke", "http://127.0.0.1:1/iris"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /error endpoint-unreachable: http:\/\/127\.0\.0\.1:1\/iris\/predict does not answer: .*/);
  });

  it("refuses what is neither a target nor a URL", async () => {
    const { exitCode, stderr } = await runCli(folder, ["invoke", "awss"]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /"awss" is not one of local, aws, azure, gcp, and not an http or https URL/);
  });
});

describe("tricast invoke TARGET", () => {
  function deployed(target: "aws" | "azure" | "gcp", url: string, targets: object): string {
    const folder = flowerProject(targets);
    writeDeployed(join(folder, ".tricast"), { target, stage: "dev", via: "terraform", endpoints: { iris: url } });
    return folder;
  }

  it("signs for API Gateway what a server that checks signatures lets in", async () => {
    const scope = { region: "eu-central-1", service: "execute-api" };
    const { url } = await startLiveEndpoint({
      refuse: (request, body) => (isSigned(request, body, scope) ? undefined : 403),
    });
    const folder = deployed("aws", url, { aws: { ...AWS, endpoint: { auth: "iam" } } });
    assert.equal(answerOf(await runCli(folder, ["invoke", "aws", "--json"], AWS_ENV)).status, 200);
    const wrong = { ...AWS_ENV, AWS_SECRET_ACCESS_KEY: "another" };
    assert.equal(answerOf(await runCli(folder, ["invoke", "aws", "--json"], wrong)).status, 403);
  });

  it("signs for a function URL, with credentials of the AWS CLI where the environment has none", async () => {
    const scope = { region: "eu-central-1", service: "lambda" };
    const { url } = await startLiveEndpoint({
      path: "/",
      refuse: (request, body) => (isSigned(request, body, scope) ? undefined : 403),
    });
    const folder = deployed("aws", url, { aws: { ...AWS, endpoint: { kind: "function-url", auth: "iam" } } });
    const tools = fakeTools({
      aws: {
        "configure export-credentials --format process": {
          stdout: JSON.stringify({
            Version: 1,
            AccessKeyId: AWS_ENV.AWS_ACCESS_KEY_ID,
            SecretAccessKey: AWS_ENV.AWS_SECRET_ACCESS_KEY,
          }),
        },
      },
    });
    assert.equal(
      answerOf(await runCli(folder, ["invoke", "aws", "--json"], { ...NOBODY, PATH: tools.path })).status,
      200,
    );
  });

  it("signs paths and queries with characters that need encoding", async () => {
    const seen: boolean[] = [];
    const scope = { region: "eu-central-1", service: "execute-api" };
    const origin = await listen((request, response) => {
      seen.push(isSigned(request, "{}", scope));
      response.end();
    });
    for (const path of ["/a%20b/predict", "/a/predict?q=1&q=2&b=%2F%20(x)", "/%C3%BC/predict?k="]) {
      const url = new URL(path, origin);
      const request = { method: "POST", url, headers: { "content-type": "application/json" }, body: "{}" };
      const headers = await authorize(
        request,
        { kind: "sigv4", region: "eu-central-1", service: "execute-api" },
        AWS_ENV,
      );
      await fetch(url, { method: "POST", headers, body: "{}" });
    }
    assert.deepEqual(seen, [true, true, true]);
  });

  it("carries the identity token that gcloud gives", async () => {
    const { url, requests } = await startLiveEndpoint({ path: "/" });
    const folder = deployed("gcp", url, { gcp: { ...GCP, endpoint: { auth: "iam" } } });
    const tools = fakeTools({ gcloud: { "auth print-identity-token": { stdout: "ey.identity.token" } } });
    assert.equal(answerOf(await runCli(folder, ["invoke", "gcp", "--json"], { PATH: tools.path })).status, 200);
    assert.equal(requests[0]?.headers.authorization, "Bearer ey.identity.token");
  });

  it("asks the metadata server for a token of the service's own address", async () => {
    const { url, requests } = await startLiveEndpoint({ path: "/" });
    const asked: unknown[] = [];
    const metadata = await listen((request, response) => {
      asked.push(
        request.headers["metadata-flavor"],
        new URL(request.url ?? "", "http://h").searchParams.get("audience"),
      );
      response.end("ey.from.metadata\n");
    });
    const folder = deployed("gcp", url, { gcp: { ...GCP, endpoint: { auth: "iam" } } });
    await runCli(folder, ["invoke", "gcp"], { GCE_METADATA_HOST: new URL(metadata).host });
    assert.deepEqual(asked, ["Google", new URL(url).origin]);
    assert.equal(requests[0]?.headers.authorization, "Bearer ey.from.metadata");
  });

  it("carries the function key of Azure", async () => {
    const { url, requests } = await startLiveEndpoint({ path: "/api/iris" });
    const folder = deployed("azure", url, { azure: { ...AZURE, endpoint: { auth: "api-key" } } });
    assert.equal(answerOf(await runCli(folder, ["invoke", "azure", "--json", "--api-key", "f-1"])).status, 200);
    assert.equal(requests[0]?.headers["x-functions-key"], "f-1");
  });

  it("says which credentials are missing, and where to get them", async () => {
    const tools = fakeTools({});
    const cases = [
      ["aws", { aws: { ...AWS, endpoint: { auth: "iam" } } }, /AWS_ACCESS_KEY_ID.*aws sso login/],
      ["azure", { azure: { ...AZURE, endpoint: { auth: "api-key" } } }, /requires an API key.*TRICAST_API_KEY/],
      ["gcp", { gcp: { ...GCP, endpoint: { auth: "iam" } } }, /gcloud is not installed; run: gcloud auth login/],
      ["aws", { aws: { ...AWS, endpoint: { auth: { issuer: "https://i.dev/", audience: ["a"] } } } }, /TRICAST_TOKEN/],
    ] as const;
    for (const [target, targets, message] of cases) {
      const folder = deployed(target, "http://127.0.0.1:1", targets);
      const { exitCode, stderr } = await runCli(folder, ["invoke", target], { ...NOBODY, PATH: tools.path });
      assert.deepEqual(
        [exitCode, stderr.includes("error credentials-missing"), message.test(stderr)],
        [1, true, true],
        stderr,
      );
    }
  });

  it("says that nothing was deployed from here", async () => {
    const folder = flowerProject({ aws: AWS });
    mkdirSync(join(folder, ".tricast"));
    const { exitCode, stderr } = await runCli(folder, ["invoke", "aws"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /nothing was deployed from here to aws in stage dev .*tricast deploy aws --stage dev/);
  });
});
