import type { DescribedAlias, DescribedFunction, Description, Statement } from "./description.ts";
import type { Summary } from "./summary.ts";

/** The data of the APIs about each function, in the terms of a plan. Names and paths are without generated ids. */
export function foundIn(description: Description): readonly Summary[] {
  return description.functions.map((one) => summarise(one, description)).sort((a, b) => a.name.localeCompare(b.name));
}

function summarise({ Configuration: own, Tags, Aliases, Concurrency }: DescribedFunction, all: Description): Summary {
  const name = own.FunctionName;
  return {
    name,
    memoryMb: own.MemorySize,
    timeoutSeconds: own.Timeout,
    scratchMb: own.EphemeralStorage.Size,
    architectures: own.Architectures,
    environment: own.Environment.Variables,
    maxInstances: Concurrency?.ReservedConcurrentExecutions,
    tags: Tags,
    code: own.CodeSha256,
    layers: own.Layers.map(({ Arn }) => Arn.split(":").at(-2) ?? ""),
    aliases: Aliases.map((alias) => ({
      name: alias.Name,
      version: alias.FunctionVersion,
      provisioned: alias.Provisioned?.RequestedProvisionedConcurrentExecutions,
      callers: callersOf(alias),
      ...scalingOf(`function:${name}:${alias.Name}`, all),
      pings: pingsOf(alias, all),
      endpoint: endpointOf(alias, all),
    })),
    logRetentionDays: all.logGroups.find(({ logGroupName }) => logGroupName === `/aws/lambda/${name}`)?.retentionInDays,
    writesLogsOf: all.rolePolicies
      .filter(({ RoleName }) => RoleName === name)
      .flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map(({ Resource }) => Resource.split(":").slice(6, 7).join()),
      ),
    alarms: Object.fromEntries(
      all.alarms
        .filter(({ AlarmName }) => AlarmName.startsWith(`${name}-`))
        .map(({ AlarmName, Threshold }) => [AlarmName.slice(name.length + 1), Threshold]),
    ),
    rollout: rolloutOf(name, all),
  };
}

/** Who may invoke, and through which service, without the statements that moto adds. */
function callersOf({ Policy, AliasArn }: DescribedAlias) {
  const { Statement: statements } = JSON.parse(Policy?.Policy ?? '{"Statement":[]}') as {
    readonly Statement: readonly (Statement & { readonly Resource: string })[];
  };
  return statements
    .filter(({ Sid, Resource }) => Sid.startsWith("terraform-") && Resource === AliasArn)
    .map(({ Action, Principal, Condition }) => {
      const who = typeof Principal === "string" ? Principal : Principal.Service;
      return [Action, who, through(Condition?.ArnLike["AWS:SourceArn"])].join(" ").trim();
    })
    .sort();
}

/** Service and resource of an ARN, without the generated id of an API. */
function through(source = ""): string {
  const [, , service = "", , , resource = ""] = source.split(":");
  return `${service} ${service === "execute-api" ? resource.replace(/^[^/]+/, "API") : resource}`;
}

function scalingOf(
  resource: string,
  { scaling }: Description,
): Pick<Summary["aliases"][number], "scaling" | "windows"> {
  const isOwn = ({ ResourceId }: { readonly ResourceId: string }) => ResourceId === resource;
  const target = scaling.Targets.find(isOwn);
  const policy = scaling.Policies.find(isOwn)?.TargetTrackingScalingPolicyConfiguration;
  return {
    scaling: target && { min: target.MinCapacity, max: target.MaxCapacity, targetUtilization: policy?.TargetValue },
    windows: scaling.Actions.filter(isOwn)
      .map(({ ScheduledActionName, Schedule, Timezone, ScalableTargetAction: bounds }) => ({
        name: ScheduledActionName,
        cron: Schedule,
        timeZone: Timezone,
        min: bounds.MinCapacity,
        max: bounds.MaxCapacity,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function pingsOf({ AliasArn }: DescribedAlias, { rules }: Description) {
  return rules
    .filter(({ State }) => State === "ENABLED")
    .flatMap(({ ScheduleExpression: schedule, Targets }) =>
      Targets.filter(({ Arn }) => Arn === AliasArn).map(({ Input }) => ({ schedule, event: JSON.parse(Input) })),
    )
    .sort((a, b) => a.event.index - b.event.index);
}

/** The path by which an integration calls a function. */
const INVOKED = /\/functions\/(arn:[^/]+)\/invocations$/;

function endpointOf(
  { AliasArn, Url }: DescribedAlias,
  { httpApis, restApis }: Description,
): Summary["aliases"][number]["endpoint"] {
  const calls = (uri: string) => INVOKED.exec(uri)?.[1] === AliasArn;
  const routes = httpApis.flatMap(({ Routes, Integrations }) =>
    Integrations.filter(({ IntegrationUri }) => calls(IntegrationUri)).flatMap(({ IntegrationId, TimeoutInMillis }) =>
      Routes.filter(({ Target }) => Target === `integrations/${IntegrationId}`).map((route) => ({
        route: route.RouteKey,
        authorization: route.AuthorizationType,
        timeoutMs: TimeoutInMillis,
      })),
    ),
  );
  const resources = restApis.flatMap(({ resources }) =>
    resources.flatMap(({ path, resourceMethods = {} }) =>
      Object.entries(resourceMethods)
        .filter(([, { methodIntegration }]) => calls(methodIntegration.uri))
        .map(([method, { methodIntegration }]) => ({
          route: `${method.toUpperCase()} ${path}`,
          timeoutMs: methodIntegration.timeoutInMillis,
        })),
    ),
  );
  const byName = (a: { readonly route: string }, b: { readonly route: string }) => a.route.localeCompare(b.route);
  if (Url !== null) return { kind: "function-url", authorization: Url.AuthType };
  return routes.length > 0
    ? { kind: "http", routes: routes.sort(byName) }
    : { kind: "rest", routes: resources.sort(byName) };
}

function rolloutOf(name: string, { rollouts }: Description): Summary["rollout"] {
  const { timeBasedCanary: canary, timeBasedLinear: linear } =
    rollouts.find(({ config }) => config.deploymentConfigName === name)?.config.trafficRoutingConfig ?? {};
  if (canary) return { kind: "canary", percent: canary.canaryPercentage, minutes: canary.canaryInterval };
  return linear && { kind: "linear", percent: linear.linearPercentage, minutes: linear.linearInterval };
}
