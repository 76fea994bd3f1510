import assert from "node:assert/strict";
import { test } from "node:test";
import { type ResolvedPlan, resolvePlan } from "@tricast/plan";
import { findLostRecords, withPartialFailures } from "../src/batch-failures.ts";
import type { ServerlessService } from "../src/serverless-api.ts";

const QUEUE = "arn:aws:sqs:eu-central-1:123456789012:flowers";
const RESPONSE_TYPE = "ReportBatchItemFailures";

test("queues and streams report the records that failed, in each form that Serverless has", () => {
  const getAtt = { "Fn::GetAtt": ["Queue", "Arn"] };
  for (const kind of ["sqs", "stream"]) {
    assert.deepEqual(withPartialFailures({ [kind]: QUEUE }), {
      [kind]: { arn: QUEUE, functionResponseType: RESPONSE_TYPE },
    });
    const settings = { arn: getAtt, batchSize: 5 };
    assert.deepEqual(withPartialFailures({ [kind]: settings }), {
      [kind]: { ...settings, functionResponseType: RESPONSE_TYPE },
    });
  }
});

test("other events, and a setting of the user, stay as written", () => {
  for (const event of [
    { sns: "topic" },
    { msk: { arn: QUEUE, topic: "t" } },
    { httpApi: "*" },
    { sqs: { arn: QUEUE, functionResponseType: RESPONSE_TYPE } },
    { sqs: { arn: QUEUE, functionResponseType: null } },
  ])
    assert.deepEqual(withPartialFailures(event), event);
});

const plan: ResolvedPlan = resolvePlan(
  { service: "flowers", predictors: { iris: {} }, targets: { aws: { region: "eu-central-1" } } },
  "dev",
);

function found(mapping: object, resources: (mapping: object) => unknown = (one) => ({ Resources: { Mapping: one } })) {
  const Properties = { EventSourceArn: QUEUE, ...mapping };
  const service = { resources: resources({ Type: "AWS::Lambda::EventSourceMapping", Properties }) };
  return findLostRecords(service as unknown as ServerlessService, plan).map(({ where }) => where);
}

const name = plan.aws?.functions[0]?.name;

test("a mapping under resources that loses records is found, however it names the function", () => {
  for (const FunctionName of [
    { Ref: "IrisLambdaFunction" },
    { "Fn::GetAtt": ["IrisLambdaFunction", "Arn"] },
    { "Fn::Sub": "$" + "{IrisLambdaFunction.Arn}:live" },
    name,
    `${name}:live`,
    `arn:aws:lambda:eu-central-1:123456789012:function:${name}:live`,
  ])
    assert.deepEqual(
      found({ FunctionName }),
      ["resources.Mapping.FunctionResponseTypes"],
      JSON.stringify(FunctionName),
    );
  const inList = (one: object) => [
    { Outputs: {} },
    { Resources: { Other: { Type: "AWS::SQS::Queue" }, Mapping: one } },
  ];
  assert.equal(found({ FunctionName: { Ref: "IrisLambdaFunction" } }, inList).length, 1);
  assert.equal(found({ FunctionName: name, FunctionResponseTypes: [] }).length, 1);
});

test("other mappings are left alone", () => {
  const iris = { FunctionName: { Ref: "IrisLambdaFunction" } };
  assert.deepEqual(found({ ...iris, FunctionResponseTypes: [RESPONSE_TYPE] }), []);
  assert.deepEqual(found({ ...iris, Topics: ["t"] }), []);
  assert.deepEqual(found({ ...iris, SelfManagedEventSource: {} }), []);
  assert.deepEqual(found({ FunctionName: { Ref: "CleanupLambdaFunction" } }), []);
  assert.deepEqual(found({ FunctionName: { Ref: "IrisLambdaFunctionOfAnother" } }), []);
  for (const other of ["another-service-cleanup", `${name}-two`, `my-${name}`, `${name}s:live`])
    assert.deepEqual(found({ FunctionName: other }), [], other);
  for (const resources of [undefined, null, {}, { Resources: null }, { Resources: { Mapping: null } }, []])
    assert.deepEqual(
      found(iris, () => resources),
      [],
    );
});
