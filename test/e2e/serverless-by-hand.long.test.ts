import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeService, type ServerlessService, type Template } from "./support/serverless-service.ts";

/** As somebody writes it who has other functions and other plugins, and no configuration file. */
const BY_HAND = `
service: by-hand
plugins: [serverless-tricast, serverless-plugin-warmup, serverless-esbuild]
provider:
  name: aws
  runtime: nodejs22.x
  region: eu-west-1
  stage: test
  memorySize: 512
custom:
  warmup:
    default: { enabled: false, alias: live }
  esbuild:
    resolveExtensions: [.ts, .mjs, .js] # serverless-plugin-warmup writes an .mjs file
package:
  individually: true
tricast:
  alarms: { notify: ["arn:aws:sns:eu-west-1:123456789012:oncall"] }
functions:
  signed:
    handler: handlers/iris/aws-lambda.handler
    provisionedConcurrency: 2
    warmup: { default: { enabled: true } }
    tricast:
      endpoint:
        auth: { issuer: "https://issuer.example.com", audience: [predictions] }
        cors: { origins: ["https://app.example.com"] }
    events:
      - httpApi: POST /predict
      - schedule: rate(1 hour)
  keyed:
    handler: handlers/digits/aws-lambda.handler
    name: my-own-name
    tricast: { endpoint: { kind: rest, auth: api-key, cors: { origins: ["*"] } } }
  queued:
    handler: handlers/language/aws-lambda.handler
    tricast: { model: "s3://models/team/language@prod" }
    events:
      - sqs: arn:aws:sqs:eu-west-1:123456789012:texts
  other:
    handler: src/other.handler
    events:
      - httpApi: GET /other
`;

describe("a serverless.yml written by hand, beside serverless-esbuild and serverless-plugin-warmup", () => {
  let service: ServerlessService;
  let template: Template;

  before(async () => {
    service = await makeService(BY_HAND);
    await mkdir(join(service.folder, "src"));
    await writeFile(
      join(service.folder, "src/other.ts"),
      "export const handler = async () => ({ statusCode: 204 });\n",
    );
    await service.run(["package"]);
    template = await service.template();
  });
  after(() => service[Symbol.asyncDispose]());

  const propertiesOf = (id: string) => template.Resources[id]?.Properties ?? assert.fail(`there is no ${id}`);

  it("builds the predictors, and leaves other functions to serverless-esbuild", () => {
    assert.equal(propertiesOf("SignedLambdaFunction").Handler, "index.handler");
    assert.equal(propertiesOf("SignedLambdaFunction").Layers.length, 2);
    assert.equal(propertiesOf("OtherLambdaFunction").Handler, "src/other.handler");
    assert.equal(propertiesOf("OtherLambdaFunction").Layers, undefined);
    assert.equal(template.Resources.OtherLambdaAlias, undefined);
    assert.ok(template.Resources.WarmUpPluginDefaultLambdaFunction, "the warmer is packaged, too");
  });

  it("takes what Serverless's own keys say", () => {
    const { Runtime, MemorySize, Timeout } = propertiesOf("SignedLambdaFunction");
    assert.deepEqual([Runtime, MemorySize, Timeout], ["nodejs22.x", 512, 29]);
    assert.equal(propertiesOf("KeyedLambdaFunction").FunctionName, "my-own-name");
    assert.equal(propertiesOf("KeyedErrorsAlarm").AlarmName, "my-own-name-errors");
  });

  it("has one alias for provisionedConcurrency and everything else", () => {
    const aliases = Object.entries(template.Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Alias");
    assert.deepEqual(aliases.map(([id]) => id).sort(), ["KeyedLambdaAlias", "QueuedLambdaAlias", "SignedLambdaAlias"]);
    assert.deepEqual(propertiesOf("SignedLambdaAlias").ProvisionedConcurrencyConfig, {
      ProvisionedConcurrentExecutions: 2,
    });
  });

  it("points schedules and queues at the alias as well", () => {
    const alias = (name: string) => ({
      "Fn::Join": [":", [{ "Fn::GetAtt": [`${name}LambdaFunction`, "Arn"] }, "live"]],
    });
    assert.deepEqual(propertiesOf("SignedEventsRuleSchedule1").Targets[0].Arn, alias("Signed"));
    assert.deepEqual(propertiesOf("QueuedEventSourceMappingSQSTexts").FunctionName, alias("Queued"));
  });

  it("lets in who has a token of the issuer, from the origins that were named", () => {
    assert.deepEqual(propertiesOf("HttpApiAuthorizerTricastJwt").JwtConfiguration, {
      Audience: ["predictions"],
      Issuer: "https://issuer.example.com",
    });
    assert.deepEqual(propertiesOf("HttpApiRoutePostPredict").AuthorizerId, { Ref: "HttpApiAuthorizerTricastJwt" });
    assert.equal(propertiesOf("HttpApiRouteGetOther").AuthorizerId, undefined);
    assert.deepEqual(propertiesOf("HttpApi").CorsConfiguration.AllowOrigins, ["https://app.example.com"]);
  });

  it("makes the routes of tricast.endpoint, with a key where one is asked for", () => {
    assert.equal(propertiesOf("ApiGatewayMethodKeyedPredictPost").ApiKeyRequired, true);
    assert.ok(template.Resources.ApiGatewayMethodKeyedPredictOptions, "browsers may ask first");
    assert.ok(Object.values(template.Resources).some(({ Type }) => Type === "AWS::ApiGateway::ApiKey"));
  });

  it("keeps the shared role where a queue needs it, and lets it read the model's objects only", () => {
    assert.deepEqual(propertiesOf("QueuedLambdaFunction").Role, { "Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"] });
    const { Statement } = propertiesOf("IamRoleLambdaExecution").Policies[0].PolicyDocument;
    assert.deepEqual(
      Statement.filter(({ Action }: { Action: string[] }) => Action.some((one) => one.startsWith("s3:"))),
      [
        {
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: [{ "Fn::Sub": `arn:\${AWS::Partition}:s3:::models/team/language/*` }],
        },
        {
          Effect: "Allow",
          Action: ["s3:ListBucket"],
          Resource: [{ "Fn::Sub": `arn:\${AWS::Partition}:s3:::models` }],
          Condition: { StringLike: { "s3:prefix": ["team/language/*"] } },
        },
      ],
    );
    assert.equal(propertiesOf("QueuedLambdaFunction").Layers.length, 1, "the model is in no layer");
    assert.deepEqual(propertiesOf("QueuedLambdaFunction").Environment.Variables, {
      TRICAST_MODEL_LANGUAGE: "s3://models/team/language@prod",
      TRICAST_MODEL_QUEUED: "s3://models/team/language@prod",
    });
  });

  it("sends alarms to their recipients", () => {
    assert.deepEqual(propertiesOf("SignedErrorsAlarm").AlarmActions, ["arn:aws:sns:eu-west-1:123456789012:oncall"]);
  });

  it("refuses an unknown key with the nearest, before anything is built", async () => {
    await using wrong = await makeService(BY_HAND.replace("tricast:\n  alarms", "tricast:\n  alarm"));
    await assert.rejects(wrong.run(["package"]), /tricast has no key "alarm"; did you mean "alarms"\?/);
  });

  it("refuses what the cloud would refuse, by the name of the rule", async () => {
    await using wrong = await makeService(
      BY_HAND.replace("provisionedConcurrency: 2", "provisionedConcurrency: 2\n    reservedConcurrency: 1"),
    );
    await assert.rejects(wrong.run(["package"]), /reserved/);
  });
});
