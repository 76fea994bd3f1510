import { type Deployment, sorted } from "./deployment.ts";

/** A resource of `terraform show -json`. */
export interface TerraformResource {
  readonly mode: "data" | "managed";
  readonly type: string;
  readonly name: string;
  readonly index?: string | number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what the provider's schema says
  readonly values: Readonly<Record<string, any>>;
}

type Fact = readonly [key: string, value: unknown];
type Reader = (resource: TerraformResource, all: Resources) => readonly Fact[];

/** What a module deploys. @throws {Error} for a type of resource that nothing here reads. */
export function fromTerraform(
  resources: readonly TerraformResource[],
  defaultTags: Readonly<Record<string, string>> = {},
): Deployment {
  const all = new Resources(resources);
  const facts = resources.flatMap((resource) => {
    const address = `${resource.mode === "data" ? "data." : ""}${resource.type}.${resource.name}`;
    const read = READERS[address] ?? READERS[resource.type];
    if (read === undefined) throw new Error(`no reader knows ${address}; say in from-terraform.ts what it deploys`);
    return read(resource, all);
  });
  return new Map([["default tags", defaultTags], ...facts]);
}

class Resources {
  readonly #all: readonly TerraformResource[];

  constructor(all: readonly TerraformResource[]) {
    this.#all = all;
  }

  of(type: string): readonly TerraformResource[] {
    return this.#all.filter((one) => one.type === type);
  }

  values(type: string, index: string | number | undefined): TerraformResource["values"] | undefined {
    return this.of(type).find((one) => one.index === index)?.values;
  }

  /** Name of the function of a predictor, which is the beginning of the index of what belongs to it. */
  functionOf({ index }: TerraformResource): string {
    return this.values("aws_lambda_function", `${index}`.split("/")[0])?.function_name;
  }

  under(type: string, predictor: string | number | undefined): readonly TerraformResource[] {
    return this.of(type).filter(({ index }) => `${index}`.startsWith(`${predictor}/`));
  }
}

/** Read with the resource that they belong to, or the same in any deployment. */
const PARTS = [
  "aws_partition",
  "aws_ssm_parameter",
  "aws_secretsmanager_secret_version",
  "aws_lambda_layer_version",
  "aws_lambda_provisioned_concurrency_config",
  "aws_appautoscaling_policy",
  "aws_appautoscaling_scheduled_action",
  "aws_iam_policy_document",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_apigatewayv2_stage",
  "aws_apigatewayv2_authorizer",
  "aws_api_gateway_deployment",
  "aws_api_gateway_stage",
  "aws_api_gateway_api_key",
  "aws_api_gateway_usage_plan",
  "aws_cloudwatch_event_target",
  "aws_codedeploy_deployment_config",
];

const READERS: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(PARTS.map((type) => [type, () => []])),
  aws_lambda_function: ({ index, values }, all) => [
    [
      `function ${values.function_name}`,
      {
        description: values.description,
        memoryMb: values.memory_size,
        timeoutSeconds: values.timeout,
        scratchMb: values.ephemeral_storage[0].size,
        architectures: values.architectures,
        maxInstances: values.reserved_concurrent_executions < 0 ? undefined : values.reserved_concurrent_executions,
        code: values.image_uri ?? `${values.runtime} ${values.handler}`,
        environment: { ...values.environment?.[0]?.variables, ...secretsOf(index, all) },
        tags: values.tags ?? {},
      },
    ],
  ],
  aws_lambda_alias: ({ name, index, values }, all) => [
    [
      `alias ${values.function_name}`,
      {
        name: values.name,
        isGradual: name === "gradual",
        provisioned: all.values("aws_lambda_provisioned_concurrency_config", index)?.provisioned_concurrent_executions,
      },
    ],
  ],
  aws_appautoscaling_target: (target, all) => [
    [
      `scaling ${all.functionOf(target)}`,
      {
        of: `${target.values.service_namespace} ${target.values.scalable_dimension} ${target.values.resource_id}`,
        min: target.values.min_capacity,
        max: target.values.max_capacity,
        policy: policyOf(all.values("aws_appautoscaling_policy", target.index)),
        windows: windowsOf(target, all),
      },
    ],
  ],
  aws_cloudwatch_metric_alarm: ({ values }) => [
    [
      `alarm ${values.alarm_name}`,
      {
        description: values.alarm_description,
        comparison: values.comparison_operator,
        threshold: values.threshold,
        periods: values.evaluation_periods,
        missing: values.treat_missing_data,
        metric: values.metric_query?.length > 0 ? sorted(values.metric_query.map(queryOf)) : [metricOf(values)],
        actions: sorted(values.alarm_actions ?? []),
        okActions: sorted(values.ok_actions ?? []),
        tags: values.tags ?? {},
      },
    ],
  ],
  aws_codedeploy_deployment_group: (group, all) => {
    const [routing] = all.values("aws_codedeploy_deployment_config", group.index)?.traffic_routing_config ?? [];
    const [step] = [...(routing?.time_based_canary ?? []), ...(routing?.time_based_linear ?? [])];
    const [style] = group.values.deployment_style;
    const [back] = group.values.auto_rollback_configuration;
    const [ringing] = group.values.alarm_configuration ?? [];
    return [
      [
        `rollout ${all.functionOf(group)}`,
        {
          style: `${style.deployment_type} ${style.deployment_option}`,
          rollsBackOn: back.enabled ? sorted(back.events) : [],
          alarms: ringing?.enabled ? sorted(ringing.alarms) : [],
          steps: { kind: routing?.type, percent: step?.percentage, minutes: step?.interval },
        },
      ],
    ];
  },
  aws_codedeploy_app: ({ values }) => [["rollout service", { platform: values.compute_platform }]],
  "aws_iam_role.codedeploy": (_role, all) => [
    [
      "role of the rollout",
      {
        service: trusted(all, "codedeploy"),
        policies: all.of("aws_iam_role_policy_attachment").map(({ values }) => values.policy_arn),
      },
    ],
  ],
  "aws_iam_role.function": (role, all) => [
    [
      `role ${all.functionOf(role)}`,
      {
        service: trusted(all, "lambda"),
        statements: statementsOf(all.values("aws_iam_policy_document", role.index)?.statement ?? []),
        tags: role.values.tags ?? {},
      },
    ],
  ],
  aws_cloudwatch_log_group: (group, all) => [
    [
      `logs ${all.functionOf(group)}`,
      { name: group.values.name, days: group.values.retention_in_days, tags: group.values.tags ?? {} },
    ],
  ],
  aws_cloudwatch_event_rule: ({ name, index, values }, all) => {
    const targets = all.of("aws_cloudwatch_event_target").filter((one) => one.values.rule === values.name);
    const [first] = targets;
    return [
      [
        `${name} ${first && all.functionOf(first)} ${Number(`${index}`.split("-").at(-1))}`,
        {
          schedule: values.schedule_expression,
          description: values.description,
          targets: targets.map((target) => ({
            id: target.values.target_id,
            input: JSON.parse(target.values.input),
            attempts: target.values.retry_policy[0].maximum_retry_attempts,
            ageSeconds: target.values.retry_policy[0].maximum_event_age_in_seconds,
          })),
        },
      ],
    ];
  },
  aws_lambda_permission: ({ values }) => [
    [
      `permission ${values.function_name} ${values.principal} ${values.action}`,
      { alias: values.qualifier, authType: values.function_url_auth_type ?? undefined },
    ],
  ],
  aws_apigatewayv2_api: ({ values }, all) => [
    [
      "http api",
      {
        stages: all.of("aws_apigatewayv2_stage").map((stage) => `${stage.values.name} ${stage.values.auto_deploy}`),
        cors: values.cors_configuration?.[0] && corsOf(values.cors_configuration[0]),
      },
    ],
  ],
  aws_apigatewayv2_integration: (integration, all) => [
    [
      `integration ${all.functionOf(integration)}`,
      {
        type: integration.values.integration_type,
        payload: integration.values.payload_format_version,
        timeoutMs: integration.values.timeout_milliseconds,
      },
    ],
  ],
  aws_apigatewayv2_route: (route, all) => {
    const [predictor = ""] = `${route.index}`.split("/");
    const jwt = all.values("aws_apigatewayv2_authorizer", predictor);
    return [
      [
        `route http ${route.values.route_key}`,
        {
          function: all.functionOf(route),
          authorization: route.values.authorization_type,
          jwt: jwt && { ...jwtOf(jwt.jwt_configuration[0]), from: jwt.identity_sources },
        },
      ],
    ];
  },
  aws_api_gateway_rest_api: ({ values }, all) => [
    [
      "rest api",
      {
        binary: values.binary_media_types,
        stages: all.of("aws_api_gateway_stage").map((stage) => stage.values.stage_name),
        endpoint: values.endpoint_configuration[0].types.join(),
        keys: all.of("aws_api_gateway_usage_plan_key").length,
      },
    ],
    ...operationsOf(JSON.parse(values.body)),
  ],
  aws_api_gateway_usage_plan_key: () => [],
  aws_lambda_function_url: ({ values }) => [
    [
      `url ${values.function_name}`,
      {
        alias: values.qualifier,
        authorization: values.authorization_type,
        cors: values.cors?.[0] && corsOf(values.cors[0]),
      },
    ],
  ],
  aws_cloudwatch_dashboard: ({ values }) => [[`dashboard ${values.dashboard_name}`, JSON.parse(values.dashboard_body)]],
};

function secretsOf(predictor: string | number | undefined, all: Resources): object {
  const names = { aws_ssm_parameter: "name", aws_secretsmanager_secret_version: "secret_id" };
  const secrets = Object.entries(names).flatMap(([type, attribute]) =>
    all.under(type, predictor).map(({ index, values }) => [`${index}`.split("/")[1], `secret ${values[attribute]}`]),
  );
  return Object.fromEntries(secrets);
}

function policyOf(policy: TerraformResource["values"] | undefined): unknown {
  const [tracking] = policy?.target_tracking_scaling_policy_configuration ?? [];
  if (tracking === undefined) return undefined;
  return { metric: tracking.predefined_metric_specification[0].predefined_metric_type, target: tracking.target_value };
}

function windowsOf(target: TerraformResource, all: Resources): readonly unknown[] {
  return sorted(
    all.under("aws_appautoscaling_scheduled_action", target.index).map(({ index, values }) => ({
      name: `${index}`.split("/")[1],
      schedule: values.schedule,
      timeZone: values.timezone,
      min: Number(values.scalable_target_action[0].min_capacity),
      max: Number(values.scalable_target_action[0].max_capacity),
    })),
  );
}

function metricOf(metric: TerraformResource["values"]): unknown {
  return {
    name: `${metric.namespace} ${metric.metric_name}`,
    statistic: metric.extended_statistic || metric.statistic || metric.stat,
    seconds: metric.period,
    dimensions: withoutGateway(metric.dimensions),
  };
}

function queryOf({ id, expression, label, return_data, metric }: TerraformResource["values"]): unknown {
  const [own] = metric ?? [];
  return own === undefined ? { id, expression, label, isResult: return_data } : { id, ...(metricOf(own) as object) };
}

/** A gateway has another id and name in each deployment. */
export function withoutGateway(dimensions: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, value]) => [name, name.startsWith("Api") ? "its gateway" : value]),
  );
}

function trusted(all: Resources, name: string): unknown {
  const found = all.of("aws_iam_policy_document").find((one) => one.name === name && one.index === undefined);
  return found?.values.statement[0].principals[0].identifiers[0];
}

function statementsOf(statements: readonly TerraformResource["values"][]): readonly unknown[] {
  return sorted(
    statements.map(({ actions, resources, condition }) => ({
      actions: sorted(actions),
      resources: resources.map((one: string) => (/log-group|log_group/.test(one) ? "its own log group" : one)),
      conditions: (condition ?? []).map(
        (one: TerraformResource["values"]) => `${one.test} ${one.variable} ${one.values}`,
      ),
    })),
  );
}

function corsOf(cors: TerraformResource["values"]): unknown {
  return {
    origins: sorted(cors.allow_origins),
    headers: sorted(cors.allow_headers),
    methods: sorted(cors.allow_methods),
    credentials: cors.allow_credentials,
    maxAgeSeconds: cors.max_age,
  };
}

function jwtOf({ issuer, audience }: TerraformResource["values"]): object {
  return { issuer, audience: sorted(audience) };
}

type Operation = {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly "x-amazon-apigateway-integration": TerraformResource["values"];
};

/** The operations of an OpenAPI document with Amazon's extensions. */
function operationsOf({ paths }: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Fact => {
      const integration = operation["x-amazon-apigateway-integration"];
      if (method === "options") return [`preflight ${path}`, preflightOf(integration)];
      const schemes = (operation.security ?? []).flatMap((one) => Object.keys(one));
      return [
        `route rest ${method.toUpperCase()} ${path}`,
        {
          type: integration.type.toUpperCase(),
          authorization: schemes.includes("sigv4") ? "AWS_IAM" : "NONE",
          needsKey: schemes.includes("api_key"),
          timeoutMs: integration.timeoutInMillis,
        },
      ];
    }),
  );
}

function preflightOf({ type, contentHandling, requestTemplates, responses }: TerraformResource["values"]): unknown {
  const { responseParameters, responseTemplates } = responses.default;
  return { type: type.toUpperCase(), contentHandling, requestTemplates, responseParameters, responseTemplates };
}
