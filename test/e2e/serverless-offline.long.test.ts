import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnyPredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { renderServerless, resolvePlan, type Settings } from "@tricast/plan";
import digits from "../../handlers/digits/predict.ts";
import iris from "../../handlers/iris/predict.ts";
import language from "../../handlers/language/predict.ts";
import { makeService, type ServerlessService } from "./support/serverless-service.ts";

const GATEWAYS = ["http", "rest"] as const;
/** Each predictor behind each kind of API Gateway, and one behind a function URL. */
const ENDPOINTS: readonly (readonly [AnyPredictor, "http" | "rest" | "function-url"])[] = [
  ...[iris, digits, language].flatMap((predictor: AnyPredictor) => GATEWAYS.map((kind) => [predictor, kind] as const)),
  [language, "function-url"],
];
const JSON_TYPE = { "content-type": "application/json" };
const PATIENCE_MS = 120_000;

/** One function per endpoint, from one folder of handlers per predictor. */
function document(): string {
  const predictors = ENDPOINTS.map(([{ definition }, kind]): [string, Settings & { entry: string }] => [
    `${definition.name}-${kind}`,
    { entry: `handlers/${definition.name}`, endpoint: { kind } },
  ]);
  const plan = resolvePlan({
    service: "every-endpoint",
    predictors: Object.fromEntries(predictors),
    targets: { aws: { region: "eu-central-1" } },
  });
  const [file] = renderServerless([plan], { plugins: ["serverless-offline"] });
  return file?.text ?? assert.fail("there is a serverless.yml");
}

describe("API Gateway, as serverless-offline has it, before the built artefacts", () => {
  let service: ServerlessService;
  let child: ChildProcess;
  let base: string;

  before(async () => {
    service = await makeService(document());
    const [httpPort, lambdaPort] = [await freePort(), await freePort()];
    const ports = ["--httpPort", String(httpPort), "--lambdaPort", String(lambdaPort)];
    child = service.start(["offline", "--host", "127.0.0.1", "--noPrependStageInUrl", ...ports]);
    base = `http://127.0.0.1:${httpPort}`;
    await listening(child, base);
  });
  after(async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    await service[Symbol.asyncDispose]();
  });

  for (const [predictor, kind] of ENDPOINTS) {
    const { name, examples = [] } = predictor.definition;
    const url = () => `${base}/${name}-${kind}/predict`;

    it(`answers for ${name} as the predictor itself does: ${kind}`, async () => {
      assert.ok(examples.length > 0);
      for (const example of examples) {
        const body = JSON.stringify(example);
        const response = await fetch(url(), { method: "POST", headers: JSON_TYPE, body });
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), await answerOf(predictor, body));
      }
    });

    it(`says what is wrong with an input to ${name}: ${kind}`, async () => {
      const response = await fetch(url(), { method: "POST", headers: JSON_TYPE, body: "{" });
      assert.equal(response.status, 400);
      assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(((await response.json()) as { code: string }).code, "invalid-json");
    });
  }

  for (const kind of GATEWAYS) {
    it(`serves health and the OpenAPI document: ${kind}`, async () => {
      assert.equal((await fetch(`${base}/iris-${kind}/health`)).status, 200);
      const openapi = (await (await fetch(`${base}/iris-${kind}/openapi.json`)).json()) as { openapi: string };
      assert.match(openapi.openapi, /^3\./);
    });
  }
});

/** What the predictor answers without any platform. */
async function answerOf(predictor: AnyPredictor, body: string): Promise<unknown> {
  const service = createService(predictor);
  const response = await service.handle(
    { method: "POST", path: "/predict", query: "", headers: JSON_TYPE, body },
    { id: "expected", platform: "local", native: undefined },
  );
  await service.close();
  return JSON.parse(String(response.body));
}

/** Waits until the server answers. @throws {Error} with what the process wrote, where it ends before. */
async function listening(child: ChildProcess, url: string): Promise<void> {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(String(chunk)));
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    if (child.exitCode !== null)
      throw new Error(`serverless offline ended with ${child.exitCode}:\n${output.join("")}`);
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`serverless offline does not answer:\n${output.join("")}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : assert.fail("there is a port");
}
