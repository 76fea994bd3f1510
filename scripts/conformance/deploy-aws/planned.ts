import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { awsCron } from "../../../packages/plan/src/facts/aws-cron.ts";
import { awsPingSchedule, holdMsOf, pingInput } from "../../../packages/plan/src/facts/pings.ts";
import { HTTP_API_TIMEOUT_MS, routesOf } from "../../../packages/plan/src/facts/routes.ts";
import type { Summary } from "./summary.ts";

/** The expected summary of a plan. @param artefacts folder of `tricast build`. */
export function plannedBy({ service, stage, aws }: ResolvedPlan, artefacts: string): readonly Summary[] {
  if (aws === undefined) throw new Error(`the plan of ${stage} has no target aws`);
  return aws.functions
    .map((one) => summarise(one, { tags: { service, stage }, alias: aws.alias, artefacts }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

interface Around {
  readonly tags: Readonly<Record<string, string>>;
  readonly alias: string;
  readonly artefacts: string;
}

function summarise(fn: ResolvedFunction, { tags, alias, artefacts }: Around): Summary {
  const { name, alarms, rollout } = fn;
  const folder = join(artefacts, fn.predictor, `aws-lambda-${fn.architecture}`);
  return {
    name,
    memoryMb: fn.memoryMb,
    timeoutSeconds: fn.timeoutSeconds,
    scratchMb: fn.scratchMb,
    architectures: [fn.architecture === "x64" ? "x86_64" : fn.architecture],
    environment: fn.environment,
    maxInstances: fn.maxInstances,
    tags: { ...tags, ...fn.tags },
    code: createHash("sha256")
      .update(readFileSync(join(folder, "function.zip")))
      .digest("base64"),
    layers: ["runtime", "model"]
      .filter((layer) => existsSync(join(folder, `${layer}-layer.zip`)))
      .map((layer) => `${name}-${layer}`),
    aliases: [{ name: alias, version: "1", ...warmOf(fn), pings: pingsOf(fn), ...endpointOf(fn) }],
    logRetentionDays: fn.logRetentionDays,
    writesLogsOf: [`/aws/lambda/${name}`],
    alarms: alarms === undefined ? {} : alarmsOf(fn, alarms),
    rollout: rollout.kind === "all-at-once" ? undefined : rollout,
  };
}

function warmOf({ name, warm }: ResolvedFunction) {
  const isScaled = warm.max > warm.min || warm.schedule.length > 0;
  const isElastic = [warm, ...warm.schedule].some(({ min, max }) => max > min);
  return {
    provisioned: isScaled ? Math.max(warm.min, 1) : warm.min || undefined,
    scaling: isScaled
      ? { min: warm.min, max: warm.max, targetUtilization: isElastic ? warm.targetUtilization : undefined }
      : undefined,
    windows: warm.schedule
      .map(({ name: window, at, ...bounds }) => ({ name: `${name}-${window}`, cron: awsCron(at), ...bounds }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function pingsOf({ ping }: ResolvedFunction) {
  if (ping === undefined) return [];
  const { concurrency } = ping;
  return Array.from({ length: concurrency }, (_, index) => ({
    schedule: awsPingSchedule(ping.everyMinutes, concurrency),
    event: pingInput(index, concurrency, holdMsOf(concurrency)),
  }));
}

const AUTHORIZATION = { none: "NONE", iam: "AWS_IAM", "api-key": "API_KEY" } as const;

function endpointOf(fn: ResolvedFunction): Pick<Summary["aliases"][number], "endpoint" | "callers"> {
  const { endpoint, ping, name } = fn;
  if (endpoint === undefined) throw new Error(`${name} has no endpoint`);
  const pinger = `lambda:InvokeFunction events.amazonaws.com events rule/${name}-ping-0`;
  return {
    endpoint: gatewayOf(endpoint),
    callers: [...callersOf(endpoint), ...(ping === undefined ? [] : [pinger])].sort(),
  };
}

function callersOf({ kind, auth }: ResolvedEndpoint): readonly string[] {
  if (kind !== "function-url") return ["lambda:InvokeFunction apigateway.amazonaws.com execute-api API/*/*"];
  return auth === "none" ? ["lambda:InvokeFunction *", "lambda:InvokeFunctionUrl *"] : [];
}

function gatewayOf(endpoint: ResolvedEndpoint) {
  const { kind, auth } = endpoint;
  const authorization = typeof auth === "object" ? "JWT" : AUTHORIZATION[auth];
  if (kind === "function-url") return { kind, authorization };
  // moto does not keep the security settings of a REST API.
  const more = kind === "http" ? { authorization } : {};
  // A REST API has the default timeout, which moto does not report.
  const timeoutMs = kind === "http" ? HTTP_API_TIMEOUT_MS : undefined;
  const routes = routesOf(endpoint).map(({ method, path }) => `${method} ${path}`);
  return { kind, routes: routes.sort().map((route) => ({ route, ...more, timeoutMs })) };
}

function alarmsOf(
  { warm, endpoint }: ResolvedFunction,
  alarms: { readonly errorPercent: number; readonly p99Ms: number },
) {
  return {
    errors: alarms.errorPercent,
    latency: alarms.p99Ms,
    throttles: 0,
    ...(endpoint !== undefined && { "server-errors": alarms.errorPercent }),
    ...((warm.max > 0 || warm.schedule.length > 0) && { spillover: 0 }),
  };
}
