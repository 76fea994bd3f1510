import type { ResolvedPlan } from "../../src/index.ts";
import { functionIds } from "../../src/render/cloudformation/function-ids.ts";
import { type Deployment, sorted } from "./deployment.ts";
import { withoutGateway } from "./from-terraform.ts";

export interface TemplateResource {
  readonly Type: string;
  readonly UpdatePolicy?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what CloudFormation takes
  readonly Properties: Readonly<Record<string, any>>;
}

type Properties = TemplateResource["Properties"];
type Fact = readonly [key: string, value: unknown];
type Reader = (resource: TemplateResource, template: Template, id: string) => readonly Fact[];

/** What a template deploys. @throws {Error} for a type of resource that nothing here reads. */
export function fromCloudFormation(
  resources: Readonly<Record<string, TemplateResource>>,
  plan: ResolvedPlan,
): Deployment {
  const template = new Template(resources, plan);
  const facts = Object.entries(resources).flatMap(([id, resource]) => {
    const read = READERS[resource.Type];
    if (read === undefined)
      throw new Error(`no reader knows ${resource.Type}; say in from-cloudformation.ts what it deploys`);
    return read(resource, template, id);
  });
  return new Map([["default tags", {}], ...facts]);
}

class Template {
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly stage: string;
  /** Names of functions and alarms by their logical ids. */
  readonly #names: ReadonlyMap<string, string>;

  constructor(resources: Readonly<Record<string, TemplateResource>>, { aws, stage }: ResolvedPlan) {
    this.resources = resources;
    this.stage = stage;
    const functions = (aws?.functions ?? []).flatMap(({ predictor, name }) => {
      const ids = functionIds(predictor);
      return [ids.function, ids.alias, ids.role, ids.logGroup, ids.scalableTarget, ids.deploymentGroup].map(
        (id): readonly [string, string] => [id, name],
      );
    });
    const alarms = Object.entries(resources).flatMap(([id, { Properties }]): [string, string][] =>
      typeof Properties?.AlarmName === "string" ? [[id, Properties.AlarmName]] : [],
    );
    this.#names = new Map([...functions, ...alarms]);
  }

  /** The name of the function that a logical id belongs to. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? `<${id}>`;
  }

  /** A value without intrinsic functions. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one));
    if (typeof value !== "object" || value === null) return value;
    const [[key, argument] = [], ...others] = Object.entries(value);
    if (others.length === 0 && key === "Ref") return PSEUDO[argument as string] ?? this.nameOf(argument as string);
    if (others.length === 0 && key === "Fn::GetAtt") return this.nameOf((argument as string[])[0] ?? "");
    if (others.length === 0 && key === "Fn::Join") {
      const [separator, parts] = argument as [string, readonly unknown[]];
      return parts.map((part) => this.resolve(part)).join(separator);
    }
    if (others.length === 0 && key === "Fn::Sub")
      return (argument as string).replace(/\$\{([\w:]+)\}/g, (_all, name: string) => PSEUDO[name] ?? this.nameOf(name));
    return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, this.resolve(own)]));
  }

  ofType(type: string): readonly TemplateResource[] {
    return Object.values(this.resources).filter((one) => one.Type === type);
  }

  /** The path of a resource of a REST API. */
  pathOf(id: string): string {
    const parent = this.resources[id]?.Properties;
    if (parent === undefined) return "";
    return `${this.pathOf(parent.ParentId?.Ref ?? "")}/${parent.PathPart}`;
  }
}

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": "region",
  "AWS::AccountId": "account",
};

/** Of Serverless's own deployment, read with what they belong to, or the same in any deployment. */
const PARTS = [
  "AWS::S3::Bucket",
  "AWS::S3::BucketPolicy",
  "AWS::Lambda::Version",
  "AWS::Lambda::LayerVersion",
  "AWS::ApplicationAutoScaling::ScalingPolicy",
  "AWS::CodeDeploy::DeploymentConfig",
  "AWS::ApiGatewayV2::Stage",
  "AWS::ApiGatewayV2::Authorizer",
  "AWS::ApiGateway::Resource",
  "AWS::ApiGateway::Deployment",
  "AWS::ApiGateway::ApiKey",
  "AWS::ApiGateway::UsagePlan",
  "AWS::ApiGateway::UsagePlanKey",
];

const READERS: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(PARTS.map((type) => [type, () => []])),
  "AWS::Lambda::Function": ({ Properties: values }) => [
    [
      `function ${values.FunctionName}`,
      {
        description: values.Description,
        memoryMb: values.MemorySize,
        timeoutSeconds: values.Timeout,
        scratchMb: values.EphemeralStorage?.Size ?? 512,
        architectures: values.Architectures,
        maxInstances: values.ReservedConcurrentExecutions,
        code: values.Code.ImageUri ?? `${values.Runtime} ${values.Handler}`,
        environment: Object.fromEntries(Object.entries(values.Environment?.Variables ?? {}).map(withoutSecret)),
        tags: tagsOf(values),
      },
    ],
  ],
  "AWS::Lambda::Alias": ({ Properties: values, UpdatePolicy }, template) => [
    [
      `alias ${template.resolve(values.FunctionName)}`,
      {
        name: values.Name,
        isGradual: UpdatePolicy !== undefined,
        provisioned: values.ProvisionedConcurrencyConfig?.ProvisionedConcurrentExecutions,
      },
    ],
  ],
  "AWS::ApplicationAutoScaling::ScalableTarget": ({ Properties: values }, template, id) => [
    [
      `scaling ${template.nameOf(id)}`,
      {
        of: `${values.ServiceNamespace} ${values.ScalableDimension} ${template.resolve(values.ResourceId)}`,
        min: values.MinCapacity,
        max: values.MaxCapacity,
        policy: policyOf(template, id),
        windows: sorted(
          (values.ScheduledActions ?? []).map((action: Properties) => ({
            name: action.ScheduledActionName,
            schedule: action.Schedule,
            timeZone: action.Timezone,
            min: action.ScalableTargetAction.MinCapacity,
            max: action.ScalableTargetAction.MaxCapacity,
          })),
        ),
      },
    ],
  ],
  "AWS::CloudWatch::Alarm": ({ Properties: values }, template) => [
    [
      `alarm ${values.AlarmName}`,
      {
        description: values.AlarmDescription,
        comparison: values.ComparisonOperator,
        threshold: values.Threshold,
        periods: values.EvaluationPeriods,
        missing: values.TreatMissingData,
        metric: sorted((values.Metrics ?? [values]).map((one: Properties) => metricOf(one, template))),
        actions: sorted(values.AlarmActions ?? []),
        okActions: sorted(values.OKActions ?? []),
        tags: tagsOf(values),
      },
    ],
  ],
  "AWS::CodeDeploy::DeploymentGroup": ({ Properties: values }, template, id) => {
    const { TrafficRoutingConfig: routing } = template.resources[values.DeploymentConfigName.Ref]?.Properties ?? {};
    const step = routing?.TimeBasedCanary ?? routing?.TimeBasedLinear;
    const { DeploymentType, DeploymentOption } = values.DeploymentStyle;
    const alarms: readonly Properties[] = values.AlarmConfiguration?.Enabled ? values.AlarmConfiguration.Alarms : [];
    const back = values.AutoRollbackConfiguration;
    return [
      [
        `rollout ${template.nameOf(id)}`,
        {
          style: `${DeploymentType} ${DeploymentOption}`,
          rollsBackOn: back.Enabled ? sorted(back.Events) : [],
          alarms: sorted(alarms.map(({ Name }) => template.resolve(Name))),
          steps: {
            kind: routing?.Type,
            percent: step?.CanaryPercentage ?? step?.LinearPercentage,
            minutes: step?.CanaryInterval ?? step?.LinearInterval,
          },
        },
      ],
    ];
  },
  "AWS::CodeDeploy::Application": ({ Properties: values }) => [
    ["rollout service", { platform: values.ComputePlatform }],
  ],
  "AWS::IAM::Role": ({ Properties: values }, template, id) => {
    const service = values.AssumeRolePolicyDocument.Statement[0].Principal.Service;
    if (values.ManagedPolicyArns !== undefined)
      return [["role of the rollout", { service, policies: template.resolve(values.ManagedPolicyArns) }]];
    const statements = values.Policies.flatMap((policy: Properties) => policy.PolicyDocument.Statement);
    const name = template.nameOf(id);
    return [[`role ${name}`, { service, statements: statementsOf(statements, name, template), tags: tagsOf(values) }]];
  },
  "AWS::Logs::LogGroup": ({ Properties: values }, template, id) => [
    [`logs ${template.nameOf(id)}`, { name: values.LogGroupName, days: values.RetentionInDays, tags: tagsOf(values) }],
  ],
  "AWS::Events::Rule": ({ Properties: values }, template, id) => [
    [
      `ping ${template.resolve(values.Targets[0].Arn)} ${Number(/\d+$/.exec(id)?.[0] ?? 1) - 1}`,
      {
        schedule: values.ScheduleExpression,
        description: values.Description,
        targets: values.Targets.map((target: Properties) => ({
          id: target.Id,
          input: JSON.parse(target.Input),
          attempts: target.RetryPolicy.MaximumRetryAttempts,
          ageSeconds: target.RetryPolicy.MaximumEventAgeInSeconds,
        })),
      },
    ],
  ],
  "AWS::Lambda::Permission": ({ Properties: values }, template) => {
    const [name, alias] = calledBy(values.FunctionName, template);
    return [
      [`permission ${name} ${values.Principal} ${values.Action}`, { alias, authType: values.FunctionUrlAuthType }],
    ];
  },
  "AWS::ApiGatewayV2::Api": ({ Properties: values }, template) => [
    [
      "http api",
      {
        stages: template
          .ofType("AWS::ApiGatewayV2::Stage")
          .map(({ Properties }) => `${Properties.StageName} ${Properties.AutoDeploy}`),
        cors: values.CorsConfiguration && corsOf(values.CorsConfiguration),
      },
    ],
  ],
  "AWS::ApiGatewayV2::Integration": ({ Properties: values }, template) => [
    [
      `integration ${calledBy(values.IntegrationUri, template)[0]}`,
      { type: values.IntegrationType, payload: values.PayloadFormatVersion, timeoutMs: values.TimeoutInMillis },
    ],
  ],
  "AWS::ApiGatewayV2::Route": ({ Properties: values }, template) => {
    const integration = values.Target["Fn::Join"][1][1].Ref;
    const jwt = template.resources[values.AuthorizerId?.Ref]?.Properties;
    return [
      [
        `route http ${values.RouteKey}`,
        {
          function: calledBy(template.resources[integration]?.Properties.IntegrationUri, template)[0],
          authorization: values.AuthorizationType ?? "NONE",
          jwt: jwt && {
            issuer: jwt.JwtConfiguration.Issuer,
            audience: sorted(jwt.JwtConfiguration.Audience),
            from: jwt.IdentitySource,
          },
        },
      ],
    ];
  },
  "AWS::ApiGateway::RestApi": ({ Properties: values }, template) => [
    [
      "rest api",
      {
        binary: values.BinaryMediaTypes,
        stages: template.ofType("AWS::ApiGateway::Deployment").map(({ Properties }) => Properties.StageName),
        endpoint: values.EndpointConfiguration.Types.join(),
        keys: template.ofType("AWS::ApiGateway::UsagePlanKey").length,
      },
    ],
  ],
  "AWS::ApiGateway::Method": ({ Properties: values }, template) => {
    const path = template.pathOf(values.ResourceId.Ref);
    const { Type, ContentHandling, RequestTemplates, IntegrationResponses, TimeoutInMillis } = values.Integration;
    if (values.HttpMethod !== "OPTIONS") {
      const { AuthorizationType: authorization, ApiKeyRequired: needsKey } = values;
      return [
        [
          `route rest ${values.HttpMethod} ${path}`,
          { type: Type, authorization, needsKey, timeoutMs: TimeoutInMillis },
        ],
      ];
    }
    const [{ ResponseParameters, ResponseTemplates }] = IntegrationResponses;
    return [
      [
        `preflight ${path}`,
        {
          type: Type,
          contentHandling: ContentHandling,
          requestTemplates: RequestTemplates,
          responseParameters: ResponseParameters,
          responseTemplates: ResponseTemplates,
        },
      ],
    ];
  },
  "AWS::Lambda::Url": ({ Properties: values }, template) => {
    const [name, alias] = calledBy(values.TargetFunctionArn, template);
    return [[`url ${name}`, { alias, authorization: values.AuthType, cors: values.Cors && corsOf(values.Cors) }]];
  },
  "AWS::CloudWatch::Dashboard": ({ Properties: values }) => [
    [`dashboard ${values.DashboardName}`, JSON.parse(values.DashboardBody)],
  ],
};

function tagsOf({ Tags = [] }: Properties): unknown {
  return Object.fromEntries(Tags.map(({ Key, Value }: Properties) => [Key, Value]));
}

function withoutSecret([name, value]: readonly [string, unknown]): readonly [string, unknown] {
  const [, secret] = /^\{\{resolve:(?:ssm|secretsmanager):(.+?)(?::SecretString)?\}\}$/.exec(`${value}`) ?? [];
  return [name, secret === undefined ? value : `secret ${secret}`];
}

function policyOf(template: Template, target: string): unknown {
  const own = template
    .ofType("AWS::ApplicationAutoScaling::ScalingPolicy")
    .find(({ Properties }) => Properties.ScalingTargetId.Ref === target);
  const tracking = own?.Properties.TargetTrackingScalingPolicyConfiguration;
  if (tracking === undefined) return undefined;
  return { metric: tracking.PredefinedMetricSpecification.PredefinedMetricType, target: tracking.TargetValue };
}

function metricOf(one: Properties, template: Template): unknown {
  const { Id: id, Expression: expression, Label: label, ReturnData: isResult, MetricStat } = one;
  if (expression !== undefined) return { id, expression, label, isResult };
  const metric = MetricStat?.Metric ?? one;
  const dimensions = metric.Dimensions.map(({ Name, Value }: Properties) => [Name, template.resolve(Value)]);
  return {
    ...(id === undefined ? {} : { id }),
    name: `${metric.Namespace} ${metric.MetricName}`,
    statistic: MetricStat?.Stat ?? one.ExtendedStatistic ?? one.Statistic,
    seconds: MetricStat?.Period ?? one.Period,
    dimensions: withoutGateway(Object.fromEntries(dimensions)),
  };
}

function statementsOf(statements: readonly Properties[], name: string, template: Template): readonly unknown[] {
  return sorted(
    statements.map(({ Action, Resource, Condition }) => ({
      actions: sorted(Action),
      resources: (template.resolve(Resource) as readonly string[]).map((one) =>
        one.endsWith(`log-group:/aws/lambda/${name}:*`) ? "its own log group" : one,
      ),
      conditions: Object.entries(Condition ?? {}).flatMap(([test, variables]) =>
        Object.entries(variables as object).map(([variable, values]) => `${test} ${variable} ${values}`),
      ),
    })),
  );
}

/** Function and alias that are called: a reference to the alias, or the function's ARN with the alias behind it. */
function calledBy(target: unknown, template: Template): readonly [name: string, alias: string | undefined] {
  const [name = "", alias] = `${template.resolve(target)}`.split(":");
  const own = template
    .ofType("AWS::Lambda::Alias")
    .find((one) => template.resolve(one.Properties.FunctionName) === name);
  return [name, alias ?? own?.Properties.Name];
}

function corsOf(cors: Properties): unknown {
  return {
    origins: sorted(cors.AllowOrigins),
    headers: sorted(cors.AllowHeaders),
    methods: sorted(cors.AllowMethods),
    credentials: cors.AllowCredentials ?? false,
    maxAgeSeconds: cors.MaxAge,
  };
}
