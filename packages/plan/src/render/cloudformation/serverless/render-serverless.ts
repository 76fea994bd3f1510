import { TricastError } from "@tricast/core";
import { ALIAS, isProduction, RUNTIMES } from "../../../facts/defaults.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedAws, ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "../../../resolved-plan.ts";
import { writeYaml } from "../../../text/yaml.ts";
import { unlessEmpty } from "../../../unless-empty.ts";
import { idPart } from "../function-ids.ts";
import { endpointEvents } from "./endpoint-events.ts";
import { SERVICE_SETTINGS, type ServiceSetting } from "./service-settings.ts";
import { isSame, StageParams, type StageValues } from "./stage-values.ts";

export interface RenderServerlessOptions {
  /** After `serverless-tricast`. Default: none. */
  readonly plugins?: readonly string[];
  /** Lines at the top, without the `#`. */
  readonly comment?: readonly string[];
}

export function serverlessFiles(
  plans: readonly ResolvedPlan[],
  { plugins = [], comment = COMMENT }: RenderServerlessOptions = {},
): readonly OutputFile[] {
  const stages = plans.flatMap(({ service, stage, aws }) => (aws === undefined ? [] : [{ service, stage, aws }]));
  const [first] = stages;
  if (first === undefined) return [];
  refuseDifferentServices(stages);
  const params = new StageParams(stages.map(({ stage }) => stage));
  const service = describeService(stages, params);
  const functions = first.aws.functions.map((fn, index) => [
    fn.predictor,
    describeFunction(stages, index, service, params, fn),
  ]);
  const document = {
    service: first.service,
    plugins: ["serverless-tricast", ...plugins],
    provider: { name: "aws", runtime: RUNTIMES.aws, ...service.provider },
    tricast: unlessEmpty(service.tricast),
    functions: Object.fromEntries(functions),
    params: params.toDocument(),
  };
  const text = writeYaml(document, {
    head: comment,
    comments: {
      tricast: "For every predictor; a function overrides it under its own tricast:",
      params: "What differs between stages",
    },
    // The plugins belong to the name of the service.
    apart: ([section, ...keys], position) =>
      keys.length === 0 ? section !== "plugins" : keys.length === 1 && section === "functions" && position > 0,
  });
  return [{ path: "serverless.yml", text }];
}

const COMMENT = [
  "Deploys the predictors to AWS Lambda: npx serverless deploy --stage prod",
  "Serverless's own keys mean what they always mean; serverless-tricast builds the packages and reads tricast:.",
];

interface Stage {
  readonly service: string;
  readonly stage: string;
  readonly aws: ResolvedAws;
}

interface Service {
  readonly provider: Readonly<Record<string, unknown>>;
  readonly tricast: Readonly<Record<string, unknown>>;
  /** The values that hold where a function says nothing, by setting. */
  readonly shared: ReadonlyMap<ServiceSetting, StageValues>;
}

function describeService(stages: readonly Stage[], params: StageParams): Service {
  const shared = new Map(
    SERVICE_SETTINGS.flatMap((setting) => {
      const values = sharedValues(setting, stages);
      return values === undefined ? [] : [[setting, values] as const];
    }),
  );
  const said = (owner: ServiceSetting["owner"]) =>
    [...shared]
      .filter(([setting]) => setting.owner === owner)
      .map(([{ key }, values]) => [key, params.express(key, values)]);
  const express = (key: string, value: (stage: Stage) => unknown) => params.express(key, stages.map(value));
  const first = stages[0]?.stage;
  const hasRest = stages.some(({ aws }) => aws.functions.some(({ endpoint }) => endpoint?.kind === "rest"));
  return {
    provider: {
      region: express("region", ({ aws }) => aws.region),
      ...(first === "dev" ? {} : { stage: `\${opt:stage, '${first}'}` }),
      ...Object.fromEntries(said("serverless")),
      // Without it a REST API makes text of every body.
      ...(hasRest ? { apiGateway: { binaryMediaTypes: ["*/*"] } } : {}),
    },
    tricast: {
      alias: express("alias", ({ aws }) => (aws.alias === ALIAS ? undefined : aws.alias)),
      dashboard: express("dashboard", dashboardOf),
      ...Object.fromEntries(said("tricast")),
    },
    shared,
  };
}

function dashboardOf({ stage, aws }: Stage): boolean | undefined {
  return aws.dashboard === isProduction(stage) ? undefined : aws.dashboard;
}

/** Those of all functions; of a number or word of Serverless, those of most, as the others say their own. */
function sharedValues(setting: ServiceSetting, stages: readonly Stage[]): StageValues | undefined {
  const candidates = (stages[0]?.aws.functions ?? []).map((_, index) => valuesOf(setting, stages, index));
  const count = (values: StageValues) => candidates.filter((other) => isSame(other, values)).length;
  const [most] = [...candidates].sort((a, b) => count(b) - count(a));
  if (most === undefined || most.every((value) => value === undefined)) return undefined;
  const mayDiffer = setting.owner === "serverless" && most.every((value) => typeof value !== "object");
  return mayDiffer || count(most) === candidates.length ? most : undefined;
}

function valuesOf(setting: ServiceSetting, stages: readonly Stage[], index: number): StageValues {
  const values = stages.map(({ stage, aws }) => setting.value(aws.functions[index] as ResolvedFunction, stage));
  const isPartly = setting.owner === "serverless" && values.some((value) => value !== undefined);
  // Serverless takes no null for maps, but empty ones.
  return isPartly ? values.map((value) => value ?? {}) : values;
}

function describeFunction(
  stages: readonly Stage[],
  index: number,
  { shared }: Service,
  params: StageParams,
  { predictor, entry }: ResolvedFunction,
): object {
  const { events, url, endpoint } = describeEndpoint(stages, index, params, predictor);
  const own = SERVICE_SETTINGS.filter((setting) => !isSame(shared.get(setting), valuesOf(setting, stages, index)))
    // The whole endpoint has the same name among the params, and says more.
    .filter(({ key }) => key !== "endpoint" || endpoint === undefined);
  const said = (owner: ServiceSetting["owner"]) =>
    own
      .filter((setting) => setting.owner === owner)
      .map((setting) => [
        setting.key,
        params.express(paramName(predictor, setting.key), valuesOf(setting, stages, index)),
      ]);
  const tricast = Object.fromEntries([...said("tricast"), ...(endpoint === undefined ? [] : [["endpoint", endpoint]])]);
  return {
    handler: `${entry}/aws-lambda.handler`,
    ...Object.fromEntries(said("serverless")),
    tricast: unlessEmpty(tricast),
    url,
    events: events.length > 0 ? events : undefined,
  };
}

interface EndpointDescription {
  readonly events: readonly unknown[];
  readonly url: true | undefined;
  /** Where stages differ in kind or path, which no event can say. */
  readonly endpoint: unknown;
}

function describeEndpoint(
  stages: readonly Stage[],
  index: number,
  params: StageParams,
  predictor: string,
): EndpointDescription {
  const endpoints = stages.map(({ aws }) => aws.functions[index]?.endpoint);
  const place = (endpoint: ResolvedEndpoint | undefined) => endpoint && [endpoint.kind, endpoint.path];
  const [first] = endpoints;
  if (endpoints.every((endpoint) => isSame(place(endpoint), place(first)))) {
    if (first === undefined) return { events: [], url: undefined, endpoint: undefined };
    return {
      events: endpointEvents(first),
      url: first.kind === "function-url" ? true : undefined,
      endpoint: undefined,
    };
  }
  const whole = endpoints.map((endpoint) => {
    if (endpoint === undefined) return false;
    const { kind, path, auth, authChosen, cors } = endpoint;
    return { kind, path, ...(authChosen ? { auth } : {}), ...(cors === undefined ? {} : { cors }) };
  });
  return { events: [], url: undefined, endpoint: params.express(paramName(predictor, "endpoint"), whole) };
}

function paramName(predictor: string, key: string): string {
  const name = idPart(predictor);
  return name.slice(0, 1).toLowerCase() + name.slice(1) + idPart(key);
}

function refuseDifferentServices(stages: readonly Stage[]): void {
  const shape = ({ service, aws }: Stage) => [service, aws.functions.map(({ predictor }) => predictor)];
  const other = stages.find((stage) => !isSame(shape(stage), shape(stages[0] as Stage)));
  if (other === undefined) return;
  throw new TricastError(
    "invalid-option",
    `stage ${other.stage} has ${JSON.stringify(shape(other))} and stage ${stages[0]?.stage} ${JSON.stringify(shape(stages[0] as Stage))}; one serverless.yml has the same service and functions in every stage. Render the stages apart`,
  );
}
