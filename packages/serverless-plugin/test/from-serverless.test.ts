import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, renderServerless, resolvePlan, stagesOf } from "@tricast/plan";
import { parse } from "yaml";
import config from "../../../tricast.config.ts";
import { fromServerless, predictorNames, type ServiceDescription } from "../src/from-serverless.ts";

type Functions = ServiceDescription["functions"];

const HANDLER = "handlers/iris/aws-lambda.handler";

function describeService(given: Partial<ServiceDescription> = {}): ServiceDescription {
  return {
    service: "flowers",
    stage: "dev",
    region: "eu-central-1",
    provider: {},
    functions: functionsOf({ handler: HANDLER }),
    tricast: undefined,
    ...given,
  };
}

function functionsOf(iris: object): Functions {
  return { iris } as unknown as Functions;
}

function irisOf(iris: object) {
  const fn = resolvePlan(fromServerless(describeService({ functions: functionsOf({ handler: HANDLER, ...iris }) }))).aws
    ?.functions[0];
  assert.ok(fn);
  return fn;
}

function problemOf(given: Partial<ServiceDescription>): string {
  try {
    fromServerless(describeService(given));
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("nothing was refused");
}

describe("fromServerless", () => {
  it("takes functions of predictors' folders, and leaves others and those that say so alone", () => {
    const functions = {
      iris: { handler: HANDLER },
      other: { handler: "src/other.handler" },
      left: { handler: HANDLER, tricast: false },
      image: { image: "registry/iris:1", tricast: {} },
    } as unknown as Functions;
    assert.deepEqual(predictorNames(functions), ["iris", "image"]);
  });

  it("reads Serverless's own keys, the function's over the provider's", () => {
    const functions = functionsOf({ handler: HANDLER, timeout: 5, reservedConcurrency: 7, environment: { B: "2" } });
    const provider = { memorySize: 512, timeout: 20, architecture: "arm64", environment: { A: "1" } };
    const fn = resolvePlan(fromServerless(describeService({ functions, provider }))).aws?.functions[0];
    assert.deepEqual(
      [fn?.memoryMb, fn?.timeoutSeconds, fn?.architecture, fn?.maxInstances, fn?.environment],
      [512, 5, "arm64", 7, { A: "1", B: "2" }],
    );
  });

  it("takes provisionedConcurrency for warm instances", () =>
    assert.equal(irisOf({ provisionedConcurrency: 3 }).warm.min, 3));

  it("leaves to CloudFormation what it fills in", () => {
    assert.deepEqual(irisOf({ environment: { TABLE: { Ref: "Table" }, A: "1" } }).environment, { A: "1" });
  });

  it("takes null for nothing said, so that a variable may have it", () => {
    assert.equal(irisOf({ tricast: { ping: null } }).ping, undefined);
    assert.equal(irisOf({ memorySize: null, tricast: { memoryMb: 2048 } }).memoryMb, 2048);
  });

  it("takes Serverless's own image, in each of its forms", () => {
    for (const image of ["registry/iris:1", { uri: "registry/iris:1" }, { name: "registry/iris:1" }]) {
      const { packaging, image: found } = irisOf({ handler: undefined, image, tricast: {} });
      assert.deepEqual([packaging, found], ["image", "registry/iris:1"]);
    }
  });

  for (const [name, events, endpoint] of [
    ["a short HTTP API route", [{ httpApi: "POST /iris/predict" }], ["http", "/iris", "none"]],
    ["a long one", [{ httpApi: { method: "*", path: "/{proxy+}" } }], ["http", "/", "none"]],
    [
      "a signed one",
      [{ httpApi: { method: "post", path: "/predict", authorizer: { type: "aws_iam" } } }],
      ["http", "/", "iam"],
    ],
    ["a REST API route", [{ http: "post iris/predict" }], ["rest", "/iris", "none"]],
    [
      "one with a key",
      [{ http: { method: "post", path: "iris/predict", private: true } }],
      ["rest", "/iris", "api-key"],
    ],
    ["a parameter", [{ httpApi: "POST /{tenant}/predict" }], ["http", "/", "none"]],
  ] as const) {
    it(`reads the endpoint of ${name}`, () => {
      const { endpoint: found } = irisOf({ events });
      assert.deepEqual([found?.kind, found?.path, found?.auth], endpoint);
    });
  }

  it("reads function URLs, and functions that nobody reaches by HTTP", () => {
    assert.equal(irisOf({ url: true }).endpoint?.kind, "function-url");
    assert.equal(irisOf({ url: { authorizer: "aws_iam" } }).endpoint?.auth, "iam");
    assert.equal(irisOf({ events: [{ schedule: "rate(1 hour)" }] }).endpoint, undefined);
  });

  it("refuses unknown keys with the nearest, wherever they are, in the words of serverless.yml", () => {
    const functions = functionsOf({ handler: HANDLER, tricast: { warmInstance: 1 } });
    const both = problemOf({ functions, tricast: { dashbord: true } });
    assert.match(both, /functions\.iris\.tricast has no key "warmInstance"; did you mean "warmInstances"\?/);
    assert.match(both, /- tricast has no key "dashbord"; did you mean "dashboard"\?/);
  });

  it("refuses values out of range by the key they were written with", () => {
    const functions = functionsOf({ handler: HANDLER, memorySize: "big" });
    assert.match(problemOf({ functions }), /^functions\.iris\.memorySize is "big"; it must be a whole number/);
  });

  it("refuses what is said twice", () => {
    const functions = functionsOf({
      handler: HANDLER,
      memorySize: 512,
      events: [{ httpApi: "POST /predict" }],
      tricast: { memoryMb: 1024, endpoint: { kind: "rest" } },
    });
    const problem = problemOf({ functions });
    assert.match(problem, /functions\.iris has both memorySize and tricast\.memoryMb; remove one/);
    assert.match(problem, /functions\.iris has both events and tricast\.endpoint; remove one/);
  });

  it("refuses tricast: at a function that is no predictor, and a region under tricast:", () => {
    const functions = functionsOf({ handler: "src/iris.handler", tricast: {} });
    assert.match(
      problemOf({ functions }),
      /functions\.iris\.handler is "src\/iris\.handler"; .* must have the handler/,
    );
    assert.match(problemOf({ tricast: { region: "eu-west-1" } }), /region; write it under provider:/);
  });
});

describe("a rendered serverless.yml", () => {
  const rich: Config = {
    service: "flowers",
    predictors: {
      iris: {
        endpoint: { path: "/" },
        warmInstances: { min: 1, max: 3, schedule: [{ name: "day", at: "0 8 * * *", min: 2, max: 3 }] },
      },
      digits: {
        on: { aws: { endpoint: { kind: "rest", auth: "api-key" } } },
        model: "s3://models/digits@prod",
        memoryMb: 3008,
      },
      language: {
        on: { aws: { endpoint: { kind: "function-url", cors: { origins: ["https://example.com"] } } } },
        scratchMb: 2048,
        maxInstances: 20,
        secrets: { TOKEN: { ssm: "/language/token" } },
      },
      "quiet-one": { endpoint: false, packaging: "zip", timeoutSeconds: 60, alarms: { p99Ms: 5000 } },
    },
    settings: { tags: { team: "flowers" }, environment: { A: "1" } },
    targets: { aws: { region: "eu-central-1", alias: "current", ping: { every: "2 hours", concurrency: 3 } } },
    stages: {
      dev: {},
      prod: {
        settings: { alarms: { notify: ["arn:aws:sns:eu-central-1:123456789012:oncall"] } },
        predictors: { iris: { endpoint: { auth: "iam" } }, digits: { memoryMb: 4096 }, language: { alarms: false } },
        targets: { aws: { dashboard: false, rollout: { kind: "linear", percent: 20, minutes: 2 }, ping: false } },
      },
    },
  };

  for (const [name, original] of [
    ["this repository's configuration", config],
    ["one with a bit of everything", rich],
  ] as const) {
    for (const stage of stagesOf(original)) {
      it(`is read back as the plan it was rendered from: ${name}, ${stage}`, () => {
        const plans = stagesOf(original).map((each) => resolvePlan(original, each));
        const document = fillIn(parse(renderServerless(plans)[0]?.text ?? ""), stage);
        const read = fromServerless({
          service: document.service,
          stage,
          region: document.provider.region,
          provider: document.provider,
          functions: document.functions,
          tricast: document.tricast,
        });
        assert.deepEqual(resolvePlan(read, stage).aws, resolvePlan(original, stage).aws);
      });
    }
  }
});

/** Puts values of params where their variables stand, as Serverless does. */
function fillIn(document: { params?: Record<string, Record<string, unknown>> }, stage: string) {
  const params = document.params?.[stage] ?? {};
  const fill = (value: unknown): unknown => {
    const variable = typeof value === "string" ? /^\$\{param:(\w+)(, null)?\}$/.exec(value) : null;
    if (variable !== null) {
      const [, name = "", fallback] = variable;
      assert.ok(name in params || fallback !== undefined, `${stage} has no param ${name}`);
      return params[name] ?? null;
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
  };
  return fill(document) as {
    service: string;
    provider: Record<string, unknown> & { region: string };
    functions: Functions;
    tricast: unknown;
  };
}
