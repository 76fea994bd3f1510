import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "tricast";
import { fakeTools } from "../support/fake-tools.ts";
import { builtFlowerProject } from "../support/flower-project.ts";
import { startLambdaService } from "../support/lambda-service.ts";
import { startLiveEndpoint } from "../support/live-endpoint.ts";
import { AWS_ENV } from "../support/sigv4.ts";

/** Deploys with somebody there who answers. */
async function deployAnswering(answers: readonly boolean[], status: number | undefined) {
  const { url } = await startLiveEndpoint({ refuse: () => status });
  const lambda = await startLambdaService(["1", "2"]);
  const place = "--stage dev --region eu-central-1";
  const info = { stdout: `endpoint: POST - ${url}/predict\n` };
  const tools = fakeTools({ serverless: { [`deploy ${place}`]: {}, [`info ${place}`]: info } });
  const folder = await builtFlowerProject({ aws: { region: "eu-central-1" } });
  writeFileSync(join(folder, "serverless.yml"), "service: flowers\n");
  const questions: string[] = [];
  const out: string[] = [];
  const exitCode = await run(["deploy", "aws", "--config", join(folder, "tricast.config.mjs")], {
    env: { ...AWS_ENV, PATH: tools.path, AWS_ENDPOINT_URL_LAMBDA: lambda.url },
    version: "1.2.3",
    isTerminal: true,
    print: (text) => out.push(text),
    note: () => {},
    confirm: async (question) => answers[questions.push(question) - 1] ?? false,
  });
  return {
    exitCode,
    questions,
    out: out.join("\n"),
    calls: tools.calls(),
    alias: lambda.aliases.get("flowers-dev-iris"),
  };
}

describe("tricast deploy with somebody there", () => {
  it("deploys nothing where the answer is no", async () => {
    const { exitCode, questions, out, calls } = await deployAnswering([false], undefined);
    assert.deepEqual(
      [exitCode, questions, out, calls],
      [0, ["Deploy this to aws in stage dev?"], "Nothing was deployed", []],
    );
  });

  it("offers to roll back where the smoke test fails", async () => {
    const { exitCode, questions, alias } = await deployAnswering([true, true], 500);
    assert.deepEqual([exitCode, questions[1], alias], [1, "3 of 3 requests failed. Roll back?", "1"]);
    const kept = await deployAnswering([true, false], 500);
    assert.deepEqual([kept.exitCode, kept.alias], [1, undefined]);
  });
});
