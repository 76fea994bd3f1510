import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeService, ROOT, type ServerlessService, type Template } from "./support/serverless-service.ts";

interface PackagedFunction {
  readonly package: { readonly individually: boolean; readonly artifact: string };
}

const FUNCTIONS = ["Iris", "Digits", "Language"];

describe("serverless package, without network and account", () => {
  let service: ServerlessService;
  const templates = new Map<string, Template>();

  before(async () => {
    service = await makeService();
    for (const stage of ["dev", "prod"]) {
      await service.run(["package", "--stage", stage]);
      templates.set(stage, await service.template());
    }
  });
  after(() => service[Symbol.asyncDispose]());

  const templateOf = (stage: string) => templates.get(stage) as Template;
  const resourcesOf = (stage: string) => templateOf(stage).Resources;

  for (const stage of ["dev", "prod"]) {
    it(`gives the reviewed template of ${stage}`, (t) => {
      const file = join(ROOT, "test/golden/serverless", `${stage}.json`);
      t.assert.fileSnapshot(reviewable(templateOf(stage)), file, { serializers: [(text) => `${text}\n`] });
    });

    it(`has a resource for every Ref, GetAtt, Sub and DependsOn of ${stage}`, () => {
      const { Resources, Outputs } = templateOf(stage);
      const known = new Set(Object.keys(Resources));
      const named = [...referencesIn(Resources), ...referencesIn(Outputs)];
      assert.ok(named.length > 50, "there are references");
      assert.deepEqual(
        named.filter((name) => !name.startsWith("AWS::") && !known.has(name)),
        [],
      );
    });

    it(`points every event source and permission of ${stage} at the alias`, () => {
      const callers = callersIn(templateOf(stage));
      const kinds = new Set(callers.map(({ type }) => type));
      for (const type of ["Lambda::Permission", "Lambda::Url", "ApiGatewayV2::Integration", "ApiGateway::Method"])
        assert.ok(kinds.has(`AWS::${type}`), `there is a ${type}`);
      assert.equal(kinds.has("AWS::Events::Rule"), stage === "dev");
      for (const name of FUNCTIONS) {
        const own = callers.filter(({ target }) => target.includes(`${name}Lambda`));
        assert.ok(own.length > 0, `${name} is called by something`);
      }
      const past = callers.filter(({ target }) => !/^\w+LambdaAlias$|^\w+LambdaFunction\.Arn:live\b/.test(target));
      assert.deepEqual(past, []);
    });

    it(`gives each function of ${stage} its package, the shared runtime layer and its own model layer`, () => {
      const resources = resourcesOf(stage);
      const keys = FUNCTIONS.map((name) => resources[`${name}LambdaFunction`]?.Properties.Code.S3Key as string);
      assert.deepEqual(
        keys.map((key) => key.split("/").at(-1)),
        ["tricast-function-iris.zip", "tricast-function-digits.zip", "tricast-function-language.zip"],
      );
      for (const name of FUNCTIONS) {
        const properties = resources[`${name}LambdaFunction`]?.Properties;
        assert.equal(properties?.Handler, "index.handler");
        assert.deepEqual(properties?.Layers, [
          { Ref: "TricastDashruntimeDasharm64LambdaLayer" },
          { Ref: `TricastDashmodelDash${name.toLowerCase()}LambdaLayer` },
        ]);
      }
      const layers = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::LayerVersion");
      assert.equal(layers.length, 4);
    });
  }

  it("writes every file that a template names", () => {
    const resources = Object.values(resourcesOf("prod"));
    const keys = resources.flatMap(({ Properties }) => Properties.Code?.S3Key ?? Properties.Content?.S3Key ?? []);
    assert.equal(keys.length, 7);
    for (const key of keys as string[]) {
      const file = join(service.folder, ".serverless", key.split("/").at(-1) as string);
      assert.ok(existsSync(file), `${file} is there`);
    }
  });

  it("leaves a state that a deployment finds the packages by, one per function", async () => {
    const text = await readFile(join(service.folder, ".serverless/serverless-state.json"), "utf8");
    const { functions } = (JSON.parse(text) as { service: { functions: Record<string, PackagedFunction> } }).service;
    assert.deepEqual(Object.keys(functions), ["iris", "digits", "language"]);
    for (const { package: packaged } of Object.values(functions)) {
      assert.equal(packaged.individually, true);
      assert.ok(existsSync(packaged.artifact), `${packaged.artifact} is there`);
    }
  });

  it("reaches iris by an HTTP API, digits by a REST API and language by a function URL", () => {
    const { Resources } = templateOf("dev");
    assert.equal(Resources.HttpApiRoutePostIrisPredict?.Properties.RouteKey, "POST /iris/predict");
    assert.equal(Resources.ApiGatewayMethodDigitsPredictPost?.Properties.HttpMethod, "POST");
    assert.equal(Resources.LanguageLambdaFunctionUrl?.Properties.AuthType, "NONE");
  });

  it("asks for signed requests in prod, at every kind of endpoint", () => {
    const { Resources } = templateOf("prod");
    assert.equal(Resources.HttpApiRoutePostIrisPredict?.Properties.AuthorizationType, "AWS_IAM");
    assert.equal(Resources.ApiGatewayMethodDigitsPredictPost?.Properties.AuthorizationType, "AWS_IAM");
    assert.equal(Resources.LanguageLambdaFunctionUrl?.Properties.AuthType, "AWS_IAM");
  });

  it("keeps instances warm by schedule and utilisation in prod", () => {
    const { Resources } = templateOf("prod");
    for (const name of FUNCTIONS) {
      const alias = Resources[`${name}LambdaAlias`]?.Properties;
      assert.deepEqual(alias?.ProvisionedConcurrencyConfig, { ProvisionedConcurrentExecutions: 1 });
      const target = Resources[`${name}ScalableTarget`];
      assert.equal(target?.DependsOn, `${name}LambdaAlias`);
      assert.deepEqual([target?.Properties.MinCapacity, target?.Properties.MaxCapacity], [1, 10]);
      assert.deepEqual(
        target?.Properties.ScheduledActions.map((action: { Schedule: string }) => action.Schedule),
        ["cron(0 7 ? * 2-6 *)", "cron(0 19 ? * 2-6 *)"],
      );
      assert.deepEqual(Resources[`${name}ScalingPolicy`]?.Properties.ScalingTargetId, { Ref: `${name}ScalableTarget` });
    }
  });

  it("pings the alias in dev, two instances at a time", () => {
    const { Resources } = templateOf("dev");
    for (const name of FUNCTIONS) {
      const targets = Resources[`${name}PingRule`]?.Properties.Targets as { Arn: unknown }[];
      assert.deepEqual(
        targets.map(({ Arn }) => Arn),
        Array(2).fill({ Ref: `${name}LambdaAlias` }),
      );
    }
  });

  it("has alarms, gradual rollouts with rollback and a dashboard in prod, and none of them in dev", () => {
    const count = (stage: string, type: string) =>
      Object.values(resourcesOf(stage)).filter(({ Type }) => Type === type).length;
    const wanted = {
      "AWS::CloudWatch::Alarm": 15,
      "AWS::CodeDeploy::DeploymentGroup": 3,
      "AWS::CloudWatch::Dashboard": 1,
    };
    for (const [type, number] of Object.entries(wanted))
      assert.deepEqual([count("prod", type), count("dev", type)], [number, 0]);
    for (const name of FUNCTIONS) {
      const { Properties } =
        resourcesOf("prod")[`${name}DeploymentGroup`] ?? assert.fail("there is a deployment group");
      assert.equal(Properties.AlarmConfiguration.Alarms.length, 5);
      assert.ok(Properties.AutoRollbackConfiguration.Events.includes("DEPLOYMENT_STOP_ON_ALARM"));
    }
  });

  it("lets each function write its own logs only, which are kept as long as the stage says", () => {
    for (const [stage, days] of [
      ["dev", 14],
      ["prod", 90],
    ] as const) {
      for (const name of FUNCTIONS) {
        const resources = resourcesOf(stage);
        assert.equal(resources[`${name}LogGroup`]?.Properties.RetentionInDays, days);
        assert.deepEqual(resources[`${name}LambdaFunction`]?.Properties.Role, {
          "Fn::GetAtt": [`${name}LambdaRole`, "Arn"],
        });
        const statements = JSON.stringify(resources[`${name}LambdaRole`]?.Properties.Policies);
        assert.match(
          statements,
          new RegExp(`log-group:/aws/lambda/tricast-examples-${stage}-${name.toLowerCase()}:\\*`),
        );
        assert.doesNotMatch(statements, /"\*"/);
      }
      assert.equal(resourcesOf(stage).IamRoleLambdaExecution, undefined);
    }
  });
});

/** The template in an order of its own, without what changes with the code and the clock. */
function reviewable({ Resources, Outputs }: Template): string {
  const sorted = (record: object) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ Resources: sorted(Resources), Outputs: sorted(Outputs) }, null, 2)
    .replaceAll(/LambdaVersion\w{30,}/g, "LambdaVersion<hash>")
    .replaceAll(/("CodeSha256": ")[^"]+/g, "$1<hash>")
    .replaceAll(/ApiGatewayDeployment\d+/g, "ApiGatewayDeployment<time>")
    .replaceAll(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
}

/** Names of everything that a part of a template refers to. */
function referencesIn(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(referencesIn);
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key === "Ref" && typeof value === "string") return [value];
    if (key === "Fn::GetAtt")
      return [Array.isArray(value) ? String(value[0]) : (String(value).split(".")[0] as string)];
    if (key === "Fn::Sub") return namesInSub(value);
    if (key === "DependsOn") return [value].flat() as string[];
    return referencesIn(value);
  });
}

function namesInSub(value: unknown): readonly string[] {
  const text = Array.isArray(value) ? String(value[0]) : String(value);
  return [...text.matchAll(/\$\{([\w:]+)(?:\.\w+)*\}/g)].map(([, name]) => name as string);
}

interface Caller {
  readonly id: string;
  readonly type: string;
  /** The function or alias that is called, as far as it can be read: `IrisLambdaFunction.Arn:live`. */
  readonly target: string;
}

/** Everything that calls a function or may call it. */
function callersIn({ Resources }: Template): readonly Caller[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const targets: Readonly<Record<string, unknown>> = {
      "AWS::Lambda::Permission": Properties.FunctionName,
      "AWS::Lambda::Url": Properties.TargetFunctionArn,
      "AWS::ApiGatewayV2::Integration": Properties.IntegrationUri,
      "AWS::ApiGateway::Method": Properties.Integration?.Uri && partOf(Properties.Integration.Uri),
      "AWS::Events::Rule": Properties.Targets?.map(({ Arn }: { Arn: unknown }) => Arn),
    };
    const target = targets[Type];
    if (target === undefined) return [];
    return [target].flat().map((one) => ({ id, type: Type, target: textOf(one) }));
  });
}

/** Of an API Gateway URI what stands behind `functions/`. */
function partOf(uri: { readonly "Fn::Join": readonly [string, readonly unknown[]] }): unknown {
  const [separator, parts] = uri["Fn::Join"];
  const from = parts.findIndex((part) => typeof part === "string" && part.endsWith("functions/"));
  return { "Fn::Join": [separator, parts.slice(from + 1)] };
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const intrinsic = value as Readonly<Record<string, unknown>>;
  if ("Ref" in intrinsic) return String(intrinsic.Ref);
  if ("Fn::GetAtt" in intrinsic) return (intrinsic["Fn::GetAtt"] as string[]).join(".");
  const [separator = "", parts = []] = (intrinsic["Fn::Join"] ?? []) as [string?, unknown[]?];
  return parts.map(textOf).join(separator);
}
