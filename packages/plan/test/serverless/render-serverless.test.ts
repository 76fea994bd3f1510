import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, renderServerless, resolvePlan, stagesOf } from "@tricast/plan";
import { parse } from "yaml";
import { configOf } from "./plans.ts";

function textOf(config: Config): string {
  const [file, ...others] = renderServerless(stagesOf(config).map((stage) => resolvePlan(config, stage)));
  assert.deepEqual(others, []);
  assert.equal(file?.path, "serverless.yml");
  return file.text;
}

/** The document of a configuration without stages that differ. */
function documentOf(config: Config) {
  return parse(textOf({ ...config, stages: { dev: {} } }));
}

describe("renderServerless", () => {
  it("gives the same bytes for the same plans, and nothing for plans without AWS", () => {
    const config = configOf({ iris: {}, digits: {} });
    assert.equal(textOf(config), textOf(config));
    const plan = resolvePlan({ ...config, targets: { azure: { location: "westeurope" } } });
    assert.deepEqual(renderServerless([plan]), []);
  });

  it("says with Serverless's words what Serverless has words for", () => {
    const { provider, functions, tricast } = documentOf(
      configOf({ iris: { memoryMb: 512, timeoutSeconds: 10, architecture: "arm64", environment: { A: "1" } } }),
    );
    assert.deepEqual(provider, {
      name: "aws",
      runtime: "nodejs24.x",
      region: "eu-central-1",
      architecture: "arm64",
      memorySize: 512,
      timeout: 10,
      logRetentionInDays: 14,
      environment: { A: "1" },
    });
    assert.equal(tricast, undefined);
    assert.deepEqual(functions.iris, {
      handler: "handlers/iris/aws-lambda.handler",
      events: [{ httpApi: "POST /iris/predict" }, { httpApi: "GET /iris/{proxy+}" }],
    });
  });

  it("writes each kind of endpoint, at the root too, and none", () => {
    const { functions } = documentOf(
      configOf({
        root: { endpoint: { path: "/" } },
        rest: { endpoint: { kind: "rest" } },
        url: { endpoint: { kind: "function-url" } },
        quiet: { endpoint: false },
      }),
    );
    assert.deepEqual(functions.root.events, [{ httpApi: "POST /predict" }, { httpApi: "GET /{proxy+}" }]);
    assert.deepEqual(functions.rest.events, [{ http: "POST /rest/predict" }, { http: "GET /rest/{proxy+}" }]);
    assert.deepEqual([functions.url.url, functions.url.events], [true, undefined]);
    assert.deepEqual([functions.quiet.url, functions.quiet.events], [undefined, undefined]);
  });

  it("lets a REST API keep the bytes of bodies", () => {
    const { provider } = documentOf(configOf({ iris: { endpoint: { kind: "rest" } } }));
    assert.deepEqual(provider.apiGateway, { binaryMediaTypes: ["*/*"] });
  });

  it("says once what holds for all functions, and at the function what is its own", () => {
    const { provider, tricast, functions } = documentOf(
      configOf({
        iris: { ping: {} },
        digits: { ping: {}, memoryMb: 2048, warmInstances: 1 },
        language: { ping: {} },
      }),
    );
    assert.equal(provider.memorySize, 1024);
    assert.deepEqual(tricast, { ping: { every: "5 minutes", concurrency: 1 } });
    assert.equal(functions.digits.memorySize, 2048);
    assert.deepEqual(functions.digits.tricast, { warmInstances: 1 });
  });

  it("makes params of what differs between stages, with the default where a stage says nothing", () => {
    const text = textOf({
      ...configOf({ iris: { memoryMb: 512 } }),
      stages: { dev: {}, prod: { predictors: { iris: { memoryMb: 1024, warmInstances: 2 } } } },
    });
    assert.match(text, /memorySize: \$\{param:memorySize\}/);
    assert.match(text, /warmInstances: \$\{param:warmInstances, null\}/);
    assert.deepEqual(parse(text).params, { dev: { memorySize: 512 }, prod: { memorySize: 1024, warmInstances: 2 } });
  });

  it("leaves kind and path to tricast.endpoint where they differ between stages", () => {
    const text = textOf({
      ...configOf({ iris: {} }),
      stages: { dev: { settings: { endpoint: { kind: "function-url" } } }, prod: {} },
    });
    const { functions, params } = parse(text);
    assert.deepEqual(functions.iris.tricast, { endpoint: `\${param:irisEndpoint}` });
    assert.equal(functions.iris.events, undefined);
    assert.deepEqual(params.prod.irisEndpoint, { kind: "http", path: "/iris" });
  });

  it("keeps kind, path and no endpoint beside an auth that differs between stages", () => {
    const text = textOf({
      ...configOf({ iris: { endpoint: { kind: "rest", path: "/v1", auth: "api-key" } }, digits: { endpoint: false } }),
      stages: {
        dev: {},
        prod: {
          predictors: { iris: { endpoint: { kind: "http", auth: "iam" } }, digits: { endpoint: { auth: "iam" } } },
        },
      },
    });
    const { dev, prod } = parse(text).params;
    assert.deepEqual(dev.irisEndpoint, { kind: "rest", path: "/v1", auth: "api-key" });
    assert.deepEqual(prod.irisEndpoint, { kind: "http", path: "/v1", auth: "iam" });
    assert.deepEqual([dev.digitsEndpoint, prod.digitsEndpoint.auth], [false, "iam"]);
  });

  it("refuses plans of several services, whose functions are not the same", () => {
    const plans = ["flowers", "trees"].map((service) => resolvePlan({ ...configOf({ iris: {} }), service }));
    assert.throws(
      () => renderServerless(plans),
      /a serverless.yml needs the same service and functions in every stage/,
    );
  });
});
