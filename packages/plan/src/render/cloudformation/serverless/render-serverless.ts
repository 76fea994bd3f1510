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
  refuseDifferentServices(stages, first);
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
      tricast: "For every predictor. A function overrides it under its own tricast:",
      params: "Values that differ between stages",
    },
    // The plugins directly follow the name of the service.
    apart: ([section, ...keys], position) =>
      keys.length === 0 ? section !== "plugins" : keys.length === 1 && section === "functions" && position > 0,
  });
  return [{ path: "serverless.yml", text }];
}

const COMMENT = [
  "Deploys the predictors to AWS Lambda: npx serverless deploy --stage prod",
  "The keys of Serverless keep their meaning. serverless-tricast builds the packages and reads tricast:.",
];

interface Stage {
  readonly service: string;
  readonly stage: string;
  readonly aws: ResolvedAws;
}

type Entries = readonly (readonly [key: string, value: unknown])[];

interface Service {
  readonly provider: Readonly<Record<string, unknown>>;
  readonly tricast: Readonly<Record<string, unknown>>;
  /** The values for functions that do not set them, by setting. */
  readonly shared: ReadonlyMap<ServiceSetting, StageValues>;
}

function describeService(stages: readonly Stage[], params: StageParams): Service {
  const shared = new Map(
    SERVICE_SETTINGS.flatMap((setting) => {
      const values = sharedValues(setting, stages);
      return values === undefined ? [] : [[setting, values] as const];
    }),
  );
  const settings = (owner: ServiceSetting["owner"]): Entries =>
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
      ...Object.fromEntries(settings("serverless")),
      // Without it, a REST API converts every body to text.
      ...(hasRest ? { apiGateway: { binaryMediaTypes: ["*/*"] } } : {}),
    },
    tricast: {
      alias: express("alias", ({ aws }) => (aws.alias === ALIAS ? undefined : aws.alias)),
      dashboard: express("dashboard", dashboardOf),
      ...Object.fromEntries(settings("tricast")),
    },
    shared,
  };
}

function dashboardOf({ stage, aws }: Stage): boolean | undefined {
  return aws.dashboard === isProduction(stage) ? undefined : aws.dashboard;
}

/**
 * The values that all functions have. For numbers and words under keys of Serverless, the most frequent values: the other
 * functions set their own.
 */
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
  // Serverless accepts empty maps, but not null.
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
  const settings = (owner: ServiceSetting["owner"]): Entries =>
    SERVICE_SETTINGS.filter((setting) => setting.owner === owner)
      .map((setting) => ({ setting, values: valuesOf(setting, stages, index) }))
      .filter(({ setting, values }) => !isSame(shared.get(setting), values))
      // The whole endpoint replaces this part, and has the same name among the params.
      .filter(({ setting }) => setting.key !== "endpoint" || endpoint === undefined)
      .map(({ setting: { key }, values }) => [key, params.express(paramName(predictor, key), values)]);
  const tricast = { ...Object.fromEntries(settings("tricast")), ...(endpoint === undefined ? {} : { endpoint }) };
  return {
    handler: `${entry}/aws-lambda.handler`,
    ...Object.fromEntries(settings("serverless")),
    tricast: unlessEmpty(tricast),
    url,
    events,
  };
}

interface EndpointDescription {
  readonly events?: readonly unknown[];
  readonly url?: true;
  /** Set if stages differ in kind or path, because events cannot differ between stages. */
  readonly endpoint?: unknown;
}

function describeEndpoint(
  stages: readonly Stage[],
  index: number,
  params: StageParams,
  predictor: string,
): EndpointDescription {
  const endpoints = stages.map(({ aws }) => aws.functions[index]?.endpoint);
  const address = (endpoint: ResolvedEndpoint | undefined) => endpoint && [endpoint.kind, endpoint.path];
  const [first] = endpoints;
  if (endpoints.every((endpoint) => isSame(address(endpoint), address(first)))) {
    if (first === undefined) return {};
    return first.kind === "function-url" ? { url: true } : { events: endpointEvents(first) };
  }
  const whole = endpoints.map((endpoint) => {
    if (endpoint === undefined) return false;
    const { kind, path, auth, authChosen, cors } = endpoint;
    return { kind, path, ...(authChosen ? { auth } : {}), ...(cors === undefined ? {} : { cors }) };
  });
  return { endpoint: params.express(paramName(predictor, "endpoint"), whole) };
}

function paramName(predictor: string, key: string): string {
  const name = idPart(predictor);
  return name.slice(0, 1).toLowerCase() + name.slice(1) + idPart(key);
}

function refuseDifferentServices(stages: readonly Stage[], first: Stage): void {
  const shape = ({ service, aws }: Stage) => JSON.stringify([service, aws.functions.map(({ predictor }) => predictor)]);
  const other = stages.find((stage) => shape(stage) !== shape(first));
  if (other === undefined) return;
  throw new TricastError(
    "invalid-option",
    `stage ${other.stage} has ${shape(other)} and stage ${first.stage} has ${shape(first)}; a serverless.yml needs the same service and functions in every stage; render these stages separately`,
  );
}
