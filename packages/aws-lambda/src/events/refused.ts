import { isObject, type Shape, testFor } from "./shape.ts";

/** A kind of event and the members that only it has. `detail` is the member that names the event within its kind. */
type Row = readonly [name: string, marks: { readonly [member: string]: Shape }, detail?: string];

/** Sources, where a row has none: recorded events of github.com/aws/aws-lambda-go, events/testdata. */
const ASKING: readonly Row[] = [
  // docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
  ["Amazon Cognito", { triggerSource: "", userPoolId: "", request: {} }, "triggerSource"],
  ["Amazon Cognito Sync", { identityPoolId: "", datasetName: "", datasetRecords: {} }],
  // docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html; Lex V1 has these members too.
  ["Amazon Lex", { messageVersion: "", invocationSource: "", bot: {} }],
  // docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
  ["Amazon Bedrock Agents", { messageVersion: "", actionGroup: "", agent: {} }],
  // docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
  ["Amazon Connect", { Name: "", Details: { ContactData: { ContactId: "" } } }],
  // developer.amazon.com/docs/alexa/custom-skills/request-and-response-json-reference.html
  ["Alexa", { context: { System: { application: {} } }, request: { type: "" } }],
  // developer.amazon.com/docs/alexa/device-apis/message-guide.html: version 2, version 3
  ["Alexa Smart Home", { header: { namespace: "", payloadVersion: "" }, payload: {} }],
  ["Alexa Smart Home", { directive: { header: { namespace: "", payloadVersion: "" } } }],
  // docs.aws.amazon.com/apigateway/latest/developerguide: api-gateway-lambda-authorizer-input, http-api-lambda-authorizer
  ["an API Gateway authorizer", { type: "TOKEN", methodArn: "" }],
  ["an API Gateway authorizer", { type: "REQUEST", methodArn: "" }],
  ["an API Gateway authorizer", { type: "REQUEST", routeArn: "" }],
  // docs.aws.amazon.com/appsync/latest/devguide: security-authz, resolver-context-reference-js
  ["an AppSync authorizer", { authorizationToken: "", requestContext: { apiId: "", queryString: "" } }],
  ["AWS AppSync", { info: { fieldName: "", parentTypeName: "" }, arguments: {} }],
  // docs.aws.amazon.com/iot/latest/developerguide: config-custom-auth, pre-provisioning-hook
  ["an AWS IoT authorizer", { signatureVerified: false, protocols: [], protocolData: {} }],
  ["AWS IoT provisioning", { claimCertificateId: "", certificatePem: "", templateArn: "" }],
  // docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
  ["Amazon Data Firehose", { invocationId: "", region: "", records: [{ recordId: "", data: "" }] }],
  ["Kinesis Data Analytics", { applicationArn: "", records: [{ recordId: "", data: "" }] }],
  // docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
  ["a tumbling window", { window: { start: "" }, isFinalInvokeForWindow: false }],
  // docs.aws.amazon.com/AmazonS3/latest/userguide: batch-ops-invoke-lambda, olap-event-context
  ["S3 Batch Operations", { invocationSchemaVersion: "", job: {}, tasks: [] }],
  ["S3 Object Lambda", { xAmzRequestId: "", userRequest: {} }],
  // docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
  ["Amazon CloudFront", { Records: [{ cf: { config: {} } }] }],
  // docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
  ["AWS CloudFormation", { RequestType: "", StackId: "", LogicalResourceId: "" }, "RequestType"],
  // docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
  ["AWS CodeDeploy", { DeploymentId: "", LifecycleEventHookExecutionId: "" }],
  // docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
  ["AWS CodePipeline", { "CodePipeline.job": { id: "" } }],
  // docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
  ["AWS Config", { invokingEvent: "", resultToken: "", configRuleName: "" }],
  // docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
  ["AWS Secrets Manager", { Step: "", SecretId: "", ClientRequestToken: "" }, "Step"],
  // docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-authorization.html
  ["AWS Client VPN", { "connection-id": "", "endpoint-id": "", "schema-version": "" }],
  // docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
  ["SageMaker Ground Truth", { version: "", labelingJobArn: "" }],
  // docs.aws.amazon.com/workmail/latest/adminguide/lambda.html
  ["Amazon WorkMail", { summaryVersion: "", flowDirection: "", envelope: {} }],
];

const REPORTING: readonly Row[] = [
  // docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
  ["a CloudWatch alarm", { source: "aws.cloudwatch", alarmData: { alarmName: "" } }],
  ["AWS IoT Button", { serialNumber: "", clickType: "", batteryVoltage: "" }],
  ["AWS IoT 1-Click", { deviceEvent: {}, deviceInfo: {}, placementInfo: {} }],
  // docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  ["a Lambda destination", { requestContext: { functionArn: "", condition: "" }, requestPayload: null }],
];

const BATCHES: readonly Row[] = [
  // docs.aws.amazon.com/lambda/latest/dg: with-msk, with-kafka
  ["Apache Kafka", { eventSource: "aws:kafka", records: {} }],
  ["Apache Kafka", { eventSource: "SelfManagedKafka", records: {} }],
  // docs.aws.amazon.com/lambda/latest/dg/with-mq.html: ActiveMQ, RabbitMQ
  ["Amazon MQ", { eventSourceArn: "", messages: [{ messageID: "" }] }],
  ["Amazon MQ", { eventSourceArn: "", rmqMessagesByQueue: {} }],
  // docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
  ["Amazon DocumentDB", { eventSource: "aws:docdb", events: [] }],
  // docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
  ["CloudWatch Logs", { awslogs: { data: "" } }],
];

const REPORTS = "reports what happened and holds no input";

/** By the first mark of each, so that an event is compared only with the kinds that it shares a member with. */
const KNOWN = Map.groupBy(
  [
    ...withReason(ASKING, "asks for a reply in its own form, not for a prediction"),
    ...withReason(REPORTING, REPORTS),
    ...withReason(BATCHES, "is a batch in a form that tricast does not read"),
  ],
  ({ mark }) => mark,
);

function withReason(rows: readonly Row[], why: string) {
  return rows.map(([name, marks, detail]) => ({
    name,
    mark: Object.keys(marks)[0],
    fits: testFor(marks),
    detail,
    why,
  }));
}

type Members = Readonly<Record<string, unknown>>;

/** The name of an event in the table, and the reason why it is not served: `Amazon Lex asks for ...`. */
export function whyRefused(event: Members): string | undefined {
  for (const member in event) {
    const known = KNOWN.get(member)?.find(({ fits }) => fits(event));
    if (known === undefined) continue;
    const { name, detail, why } = known;
    return `${name}${detail === undefined ? "" : ` (${event[detail]})`} ${why}`;
  }
  return undefined;
}

/** The same for records of a service that is not served: `aws:s3 reports ...`. The records have a member with the name of the service. */
export function whyRecordsRefused({ Records: records }: Members): string | undefined {
  const first: unknown = Array.isArray(records) ? records[0] : undefined;
  if (!isObject(first) || typeof first.eventSource !== "string") return undefined;
  const [source, service] = /^aws:(\w+)$/.exec(first.eventSource) ?? [];
  return service !== undefined && isObject(first[service]) ? `${source} ${REPORTS}` : undefined;
}
