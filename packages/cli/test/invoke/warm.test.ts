import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { recogniseHttpPing } from "@tricast/core/adapter";
import { writeDeployed } from "../../src/deploy/deployed.ts";
import { startEnvironments } from "../support/environments.ts";
import { flowerProject } from "../support/flower-project.ts";
import { startLambdaService } from "../support/lambda-service.ts";
import { listen, startLiveEndpoint } from "../support/live-endpoint.ts";
import { runProcess } from "../support/run-cli.ts";
import { AWS_ENV } from "../support/sigv4.ts";

function deployedToGoogle(url: string, more: object = {}): string {
  const folder = flowerProject({ gcp: { project: "flowers-123", region: "europe-west3", ...more } });
  const endpoints = { iris: url };
  writeDeployed(join(folder, ".tricast"), { target: "gcp", stage: "dev", via: "terraform", endpoints });
  return folder;
}

describe("tricast warm", () => {
  it("reaches as many distinct instances of the alias as it is asked for", async () => {
    const lambda = await startLambdaService(["1"]);
    const folder = flowerProject({ aws: { region: "eu-central-1" } });
    const env = { ...AWS_ENV, AWS_ENDPOINT_URL_LAMBDA: lambda.url };
    const { exitCode, stdout, stderr } = await runProcess(folder, ["warm", "aws", "--concurrency", "5", "--json"], env);
    assert.equal(exitCode, 0, stderr);
    const { name, reached, instances } = JSON.parse(stdout);
    assert.deepEqual([name, reached, new Set(instances).size, lambda.environments()], ["flowers-dev-iris", 5, 5, 5]);
  });

  it("reaches as many over HTTP, where an instance serves one request at a time", async () => {
    const environments = startEnvironments();
    process.env.TRICAST_WARMUP_SECRET = "s-1";
    try {
      const url = await listen(async ({ headers }, response) => {
        const ping = recogniseHttpPing(headers as Record<string, string>);
        const instance = await environments.hold(ping?.holdMs ?? 0);
        response.end(JSON.stringify({ instance }));
      });
      const folder = deployedToGoogle(url, { concurrency: 1 });
      const env = { TRICAST_WARMUP_SECRET: "s-1" };
      const { exitCode, stdout, stderr } = await runProcess(
        folder,
        ["warm", "gcp", "--concurrency", "4", "--json"],
        env,
      );
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual([JSON.parse(stdout).reached, environments.count()], [4, 4]);
    } finally {
      delete process.env.TRICAST_WARMUP_SECRET;
    }
  });

  it("tells how many over HTTP, where one instance takes several pings", async () => {
    const { url } = await startLiveEndpoint({ path: "/" });
    const folder = deployedToGoogle(url);
    const without = await runProcess(folder, ["warm", "gcp"]);
    assert.match(without.stderr, /error credentials-missing: .*TRICAST_WARMUP_SECRET is not set/);
    process.env.TRICAST_WARMUP_SECRET = "s-1";
    try {
      const env = { TRICAST_WARMUP_SECRET: "s-1" };
      const one = await runProcess(folder, ["warm", "gcp"], env);
      assert.match(one.stdout, /^flowers-dev-iris: 1 of 1 instances are warm/);
      const three = await runProcess(folder, ["warm", "gcp", "--concurrency", "3", "--json"], env);
      assert.deepEqual([three.exitCode, JSON.parse(three.stdout).reached], [1, 1]);
      const other = await runProcess(folder, ["warm", "gcp"], { TRICAST_WARMUP_SECRET: "s-2" });
      assert.match(other.stderr, /set TRICAST_WARMUP_SECRET to the function's value/);
    } finally {
      delete process.env.TRICAST_WARMUP_SECRET;
    }
  });
});
