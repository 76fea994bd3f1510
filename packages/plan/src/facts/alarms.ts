import type { ResolvedEndpoint, ResolvedFunction } from "../resolved-plan.ts";
import { mostWarm } from "./scaling.ts";

/** Settings of all alarms. Without requests an alarm does not sound. */
export const ALARM = {
  periodSeconds: 300,
  periods: 1,
  comparison: "GreaterThanThreshold",
  missing: "notBreaching",
} as const;

/** A metric of CloudWatch: a statistic, or a share of another metric in percent. */
export type AlarmMetric =
  | { readonly kind: "statistic"; readonly name: string; readonly statistic: "Sum" | "p99" }
  | { readonly kind: "share"; readonly part: string; readonly whole: string }
  /** The share of server errors that the endpoint counts: {@link ENDPOINT_METRICS}. */
  | { readonly kind: "endpoint" };

export interface Alarm {
  /** The last part of its name: `<function>-<name>`. */
  readonly name: string;
  /** The setting with its limit; `undefined` for a limit of 0. */
  readonly limit: "errorPercent" | "p99Ms" | undefined;
  /** One sentence. @param limit the number, or an expression for it. */
  readonly describe: (limit: string) => string;
  readonly metric: AlarmMetric;
  /** Default: the alarm applies to every function. */
  readonly appliesTo?: (fn: ResolvedFunction) => boolean;
}

/**
 * The alarms of a function on AWS. An error response of the predictor does not count as a failed invocation of Lambda, so
 * one alarm watches the metrics of the endpoint.
 */
export const ALARMS: readonly Alarm[] = [
  {
    name: "server-errors",
    limit: "errorPercent",
    describe: (limit) => `Over ${limit} % of requests got a server error`,
    metric: { kind: "endpoint" },
    appliesTo: ({ endpoint }) => endpoint !== undefined,
  },
  {
    name: "errors",
    limit: "errorPercent",
    describe: (limit) => `Over ${limit} % of invocations failed`,
    metric: { kind: "share", part: "Errors", whole: "Invocations" },
  },
  {
    name: "latency",
    limit: "p99Ms",
    describe: (limit) => `One request in a hundred took over ${limit} ms`,
    metric: { kind: "statistic", name: "Duration", statistic: "p99" },
  },
  {
    name: "throttles",
    limit: undefined,
    describe: () => "Requests were throttled at the concurrency limit",
    metric: { kind: "statistic", name: "Throttles", statistic: "Sum" },
  },
  {
    name: "spillover",
    limit: undefined,
    describe: () => "Requests found every provisioned instance busy and may have started cold",
    metric: { kind: "statistic", name: "ProvisionedConcurrencySpilloverInvocations", statistic: "Sum" },
    appliesTo: ({ warm }) => mostWarm(warm) > 0,
  },
];

/** The alarms of one function. Each of them also rolls back a rollout. */
export function alarmsOf(fn: ResolvedFunction): readonly Alarm[] {
  return fn.alarms === undefined ? [] : ALARMS.filter(({ appliesTo }) => appliesTo?.(fn) ?? true);
}

/**
 * Metrics of an endpoint and their dimension. The metrics of a gateway cover all its functions.
 * docs.aws.amazon.com: apigateway/latest/developerguide/http-api-metrics.html, api-gateway-metrics-and-dimensions.html,
 * lambda/latest/dg/urls-monitoring.html.
 */
export const ENDPOINT_METRICS = {
  http: { namespace: "AWS/ApiGateway", part: "5xx", whole: "Count", dimension: "ApiId" },
  rest: { namespace: "AWS/ApiGateway", part: "5XXError", whole: "Count", dimension: "ApiName" },
  "function-url": { namespace: "AWS/Lambda", part: "Url5xxCount", whole: "UrlRequestCount", dimension: undefined },
} as const satisfies Readonly<Record<ResolvedEndpoint["kind"], object>>;

/** The expression of a share, over the metrics with the ids `part` and `whole`. */
export const SHARE = { id: "percent", label: "Percent", expression: "IF(whole > 0, 100 * part / whole, 0)" } as const;
