import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CompiledService,
  compile,
  compilePlain,
  type Resource,
  serviceFolder,
} from "./support/compile-service.ts";

const IMAGE = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/echo@sha256:${"6b".repeat(32)}`;
const arnOf = (kind: string, name: string) => `arn:aws:${kind}:eu-central-1:123456789012:${name}`;

/** Keys of Serverless with a value that differs from every default. */
const BOTH = {
  memorySize: 2048,
  timeout: 7,
  architecture: "arm64",
  logRetentionInDays: 30,
  environment: { A: "1", TABLE: { Ref: "Table" } },
  tags: { team: "flowers" },
  kmsKeyArn: arnOf("kms", "key/1"),
  vpc: { securityGroupIds: ["sg-1"], subnetIds: ["subnet-1"] },
};
const PLACES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  provider: { ...BOTH, tracing: { lambda: true }, iam: { role: arnOf("iam", "role/own") } },
  functions: {
    ...BOTH,
    name: "own-name",
    description: "Own description",
    ephemeralStorageSize: 2048,
    reservedConcurrency: 5,
    tracing: "Active",
    onError: arnOf("sns", "failures"),
    role: arnOf("iam", "role/own"),
    disableLogs: true,
    maximumRetryAttempts: 1,
    destinations: { onFailure: arnOf("sqs", "failures") },
  },
};

const EVENTS: readonly object[] = [
  { schedule: "rate(1 hour)" },
  { schedule: { rate: ["rate(1 hour)"], method: "scheduler" } },
  { sns: "topic" },
  { sqs: arnOf("sqs", "queue") },
  {
    sqs: {
      arn: arnOf("sqs", "queue"),
      batchSize: 100,
      maximumBatchingWindow: 5,
      filterPatterns: [{ body: { n: [1] } }],
    },
  },
  { sqs: { arn: { "Fn::GetAtt": ["Queue", "Arn"] } } },
  { stream: arnOf("kinesis", "stream/flowers") },
  { stream: { arn: { "Fn::GetAtt": ["Table", "StreamArn"] }, type: "dynamodb", maximumRetryAttempts: 3 } },
  { stream: arnOf("dynamodb", "table/flowers/stream/1") },
  { msk: { arn: arnOf("kafka", "cluster/flowers/1"), topic: "flowers" } },
  {
    kafka: {
      accessConfigurations: { saslPlainAuth: arnOf("secretsmanager", "secret:a") },
      bootstrapServers: ["b:1"],
      topic: "t",
    },
  },
  { activemq: { arn: arnOf("mq", "broker:a:b-1"), queue: "q", basicAuthArn: arnOf("secretsmanager", "secret:a") } },
  { rabbitmq: { arn: arnOf("mq", "broker:a:b-1"), queue: "q", basicAuthArn: arnOf("secretsmanager", "secret:a") } },
  { eventBridge: { pattern: { source: ["flowers"] } } },
  { cloudwatchEvent: { event: { source: ["flowers"] } } },
  { cloudwatchLog: "/flowers" },
  { iot: { sql: "SELECT * FROM 'flowers'" } },
  { s3: "flowers-of-the-day" },
  { cognitoUserPool: { pool: "Flowers", trigger: "PreSignUp" } },
  { websocket: "$connect" },
  { httpApi: "*" },
  { httpApi: "GET /{proxy+}" },
  { httpApi: { method: "*", path: "*" } },
  { httpApi: { method: "post", path: "/iris/predict" } },
  { http: "post /iris/predict" },
  { http: { method: "any", path: "/{proxy+}", cors: true } },
];

const folder = serviceFolder();

function documentOf({ provider = {}, functions = {}, tricast }: Readonly<Record<string, object>>) {
  const echo = { image: IMAGE, ...functions };
  return {
    provider: { name: "aws", region: "eu-central-1", ...provider },
    functions: { echo: tricast === undefined ? echo : { ...echo, tricast } },
  };
}

/** The same document without and with the plugin. */
async function compileBoth(given: Readonly<Record<string, object>>) {
  const plain = await compilePlain(folder, documentOf(given));
  return { plain, ours: await compile(folder, documentOf({ ...given, tricast: {} })) };
}

function propertiesOf({ resources }: CompiledService, id: string): Resource["Properties"] {
  return resources[id]?.Properties ?? {};
}

/** The plugin's own addition to the mapping of a queue or stream, removed. */
function withoutPartialFailures(properties: Resource["Properties"], event: object): Resource["Properties"] {
  const { FunctionResponseTypes: types, ...rest } = properties;
  const isBatch = "BatchSize" in properties && ("sqs" in event || "stream" in event);
  assert.deepEqual(types, isBatch ? ["ReportBatchItemFailures"] : undefined);
  return rest;
}

const FUNCTION = JSON.stringify({ "Fn::GetAtt": ["EchoLambdaFunction", "Arn"] });
/** The alias in a template is the ARN of the function and the name of the alias, joined, alone or in a longer text. */
const ALIASES = [`{"Fn::Join":[":",[${FUNCTION},"live"]]}`, `${FUNCTION},":","live"`];
const ROLE = "IamRoleLambdaExecution";

/** A role as text, without the log groups, which follow from the name of the function. */
function withoutLogs({ Policies, ...role }: Resource["Properties"]): string {
  const statements = Policies?.[0]?.PolicyDocument.Statement.filter(
    ({ Action }: { Action: string | readonly string[] }) =>
      ![Action].flat().every((action) => action.startsWith("logs:")),
  );
  return JSON.stringify([role, statements]);
}
/** A version has the hash of its function in its id; the own role replaces the shared one. */
const isReplaced = (id: string) => id.startsWith("EchoLambdaVersion") || id === ROLE;

describe("the template with the plugin", async () => {
  const base = await compilePlain(folder, documentOf({}));

  /** Statements that Serverless adds to the shared role must reach the function. */
  function assertPermissions(plain: CompiledService, ours: CompiledService): void {
    const role = propertiesOf(plain, ROLE);
    if (!(ROLE in plain.resources) || withoutLogs(role) === withoutLogs(propertiesOf(base, ROLE))) return;
    assert.deepEqual(propertiesOf(ours, "EchoLambdaFunction").Role, { "Fn::GetAtt": [ROLE, "Arn"] });
    assert.deepEqual(propertiesOf(ours, ROLE), role);
  }

  for (const [place, keys] of Object.entries(PLACES)) {
    for (const [key, value] of Object.entries(keys)) {
      it(`keeps ${place}.${key}`, async () => {
        const { plain, ours } = await compileBoth({ [place]: { [key]: value } });
        for (const id of ["EchoLambdaFunction", "EchoLogGroup"]) {
          const [before, after] = [propertiesOf(base, id), propertiesOf(plain, id)];
          for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
            if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
            assert.deepEqual(propertiesOf(ours, id)[name], after[name], `${id}.${name}`);
          }
        }
        const lost = Object.keys(plain.resources).filter((id) => !isReplaced(id) && !(id in ours.resources));
        assert.deepEqual(lost, []);
        assertPermissions(plain, ours);
      });
    }
  }

  for (const event of EVENTS) {
    it(`keeps the event ${JSON.stringify(event)}, with its permissions, and sends it to the alias`, async () => {
      const { plain, ours } = await compileBoth({ functions: { events: [event] } });
      const added = Object.keys(plain.resources).filter((id) => !(id in base.resources) && !isReplaced(id));
      assert.ok(added.length > 0, "the event has resources");
      for (const id of added) {
        assert.equal(ours.resources[id]?.Type, plain.resources[id]?.Type, id);
        const text = JSON.stringify(propertiesOf(ours, id));
        const withFunction = ALIASES.reduce((part, alias) => part.replaceAll(alias, FUNCTION), text);
        assert.deepEqual(withoutPartialFailures(JSON.parse(withFunction), event), propertiesOf(plain, id), id);
        const rest = ALIASES.reduce((part, alias) => part.replaceAll(alias, ""), text);
        assert.ok(!rest.includes(FUNCTION), `${id} calls the alias: ${text}`);
      }
      assertPermissions(plain, ours);
    });
  }
});

it("a mapping under resources that loses failed records is warned about, and stays as written", async () => {
  const Properties = { EventSourceArn: arnOf("sqs", "queue"), FunctionName: { Ref: "EchoLambdaFunction" } };
  const resources = { Resources: { Mapping: { Type: "AWS::Lambda::EventSourceMapping", Properties } } };
  const ours = await compile(folder, { ...documentOf({ tricast: {} }), resources });
  assert.match(
    ours.warnings.join("\n"),
    /aws-batch-failures \(resources\.Mapping\.FunctionResponseTypes\): .*calls echo/,
  );
  assert.deepEqual(ours.resources.Mapping?.Properties, Properties);
});

describe("the routes of an endpoint that tricast: protects", () => {
  const ROUTES = [
    "*",
    "GET /{proxy+}",
    "POST /predict",
    { method: "*", path: "*" },
    { method: "post", path: "/a/predict" },
  ];
  const REST_ROUTES = ["POST /predict", { method: "any", path: "/{proxy+}" }];
  const JWT = { issuer: "https://issuer.example.com", audience: ["flowers"] };
  const keysOf = ({ resources }: CompiledService) =>
    Object.values(resources).flatMap(({ Type, Properties }) => (Type.endsWith("::Route") ? [Properties.RouteKey] : []));
  const pathsOf = ({ resources }: CompiledService) =>
    Object.values(resources).flatMap(({ Type, Properties }) =>
      Type.endsWith("::Resource") ? [Properties.PathPart] : [],
    );

  for (const auth of ["iam", JWT]) {
    for (const route of ROUTES) {
      it(`stay as written: ${JSON.stringify(route)} with ${typeof auth === "string" ? auth : "tokens"}`, async () => {
        const functions = { events: [{ httpApi: route }] };
        const plain = await compilePlain(folder, documentOf({ functions }));
        const ours = await compile(folder, documentOf({ functions, tricast: { endpoint: { auth } } }));
        assert.deepEqual(keysOf(ours), keysOf(plain));
        const types = Object.values(ours.resources).flatMap(({ Properties }) => Properties.AuthorizationType ?? []);
        assert.deepEqual(types, [auth === "iam" ? "AWS_IAM" : "JWT"]);
      });
    }
  }

  for (const auth of ["iam", "api-key"]) {
    for (const route of REST_ROUTES) {
      it(`stay as written on a REST API: ${JSON.stringify(route)} with ${auth}`, async () => {
        const functions = { events: [{ http: route }] };
        const plain = await compilePlain(folder, documentOf({ functions }));
        const ours = await compile(folder, documentOf({ functions, tricast: { endpoint: { auth } } }));
        assert.deepEqual(pathsOf(ours), pathsOf(plain));
        const [method] = Object.values(ours.resources).filter(({ Type }) => Type === "AWS::ApiGateway::Method");
        const { AuthorizationType, ApiKeyRequired } = method?.Properties ?? {};
        assert.deepEqual([AuthorizationType, ApiKeyRequired], auth === "iam" ? ["AWS_IAM", false] : ["NONE", true]);
      });
    }
  }

  it("keep an authorizer of their own", async () => {
    const authorizer = { type: "aws_iam" };
    const functions = {
      events: [{ httpApi: { method: "post", path: "/predict", authorizer } }, { httpApi: "GET /health" }],
    };
    const { resources } = await compile(folder, documentOf({ functions, tricast: { endpoint: { auth: JWT } } }));
    const types = Object.values(resources).flatMap(({ Properties }) => Properties.AuthorizationType ?? []);
    assert.deepEqual(types.sort(), ["AWS_IAM", "JWT"]);
  });
});
