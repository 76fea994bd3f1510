import type { ResolvedAlarms, ResolvedFunction } from "../../../resolved-plan.ts";
import { join, type Resources, ref } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

const PERIOD_SECONDS = 300;

/** What API Gateway's metrics are found by. `undefined`: there is no such gateway, or none that the stack knows. */
export interface Gateways {
  /** Value of the dimension `ApiId`. */
  readonly httpApi: unknown;
  /** Value of the dimension `ApiName`. */
  readonly restApi: unknown;
}

/** Where an alarm is, and what it may look at. */
export interface AlarmPlace {
  readonly ids: FunctionIds;
  readonly alias: string;
  readonly gateways: Gateways;
}

/** Logical ids of a function's alarms, in the order of the template. */
export function alarmIds(fn: ResolvedFunction, place: AlarmPlace): readonly string[] {
  return Object.keys(alarmResources(fn, place));
}

/**
 * Alarms of a function: requests answered with a server error, failed invocations, slow requests, throttles, and requests
 * that found no provisioned instance.
 *
 * An error that the predictor answers is no failed invocation for Lambda, so what the endpoint counts is looked at, too.
 */
export function alarmResources(fn: ResolvedFunction, place: AlarmPlace): Resources {
  const settings = fn.alarms;
  if (settings === undefined) return {};
  return Object.fromEntries(
    alarms(fn, settings, place).map(({ kind, name, description, threshold, metric }) => [
      `${place.ids.prefix}${kind}Alarm`,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          AlarmName: `${fn.name}-${name}`,
          AlarmDescription: description,
          ComparisonOperator: "GreaterThanThreshold",
          Threshold: threshold,
          EvaluationPeriods: 1,
          TreatMissingData: "notBreaching",
          ...metric,
          ...(settings.notify.length > 0 ? { AlarmActions: settings.notify } : {}),
        },
      },
    ]),
  );
}

interface Alarm {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly threshold: number;
  /** `undefined` where there is nothing to look at. */
  readonly metric: Readonly<Record<string, unknown>> | undefined;
}

function alarms(fn: ResolvedFunction, { errorPercent, p99Ms }: ResolvedAlarms, place: AlarmPlace): readonly Alarm[] {
  const ofAlias = aliasMetric(place);
  const isProvisioned = [fn.warm, ...fn.warm.schedule].some(({ max }) => max > 0);
  const all: readonly Alarm[] = [
    {
      kind: "ServerErrors",
      name: "server-errors",
      description: `Over ${errorPercent} % of requests were answered with a server error`,
      threshold: errorPercent,
      metric: serverErrors(fn, place),
    },
    {
      kind: "Errors",
      name: "errors",
      description: `Over ${errorPercent} % of invocations failed`,
      threshold: errorPercent,
      metric: share(ofAlias("Errors"), ofAlias("Invocations")),
    },
    {
      kind: "Latency",
      name: "latency",
      description: `One request in a hundred took over ${p99Ms} ms`,
      threshold: p99Ms,
      metric: { ...ofAlias("Duration"), Period: PERIOD_SECONDS, ExtendedStatistic: "p99" },
    },
    {
      kind: "Throttles",
      name: "throttles",
      description: "Requests were refused for want of concurrency",
      threshold: 0,
      metric: { ...ofAlias("Throttles"), Period: PERIOD_SECONDS, Statistic: "Sum" },
    },
    {
      kind: "Spillover",
      name: "spillover",
      description: "Requests found every provisioned instance busy and may have started cold",
      threshold: 0,
      metric: isProvisioned
        ? { ...ofAlias("ProvisionedConcurrencySpilloverInvocations"), Period: PERIOD_SECONDS, Statistic: "Sum" }
        : undefined,
    },
  ];
  return all.filter(({ metric }) => metric !== undefined);
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/**
 * docs.aws.amazon.com: apigateway/latest/developerguide/http-api-metrics.html and api-gateway-metrics-and-dimensions.html,
 * lambda/latest/dg/urls-monitoring.html. A gateway counts for all of its functions together.
 */
function serverErrors({ endpoint }: ResolvedFunction, place: AlarmPlace): Alarm["metric"] {
  const ofGateway = (MetricName: string, Name: string, Value: unknown): Metric => ({
    Namespace: "AWS/ApiGateway",
    MetricName,
    Dimensions: [{ Name, Value }],
  });
  const { httpApi, restApi } = place.gateways;
  if (endpoint?.kind === "function-url") {
    const ofAlias = aliasMetric(place);
    return share(ofAlias("Url5xxCount"), ofAlias("UrlRequestCount"));
  }
  if (endpoint?.kind === "http" && httpApi !== undefined)
    return share(ofGateway("5xx", "ApiId", httpApi), ofGateway("Count", "ApiId", httpApi));
  if (endpoint?.kind === "rest" && restApi !== undefined)
    return share(ofGateway("5XXError", "ApiName", restApi), ofGateway("Count", "ApiName", restApi));
  return undefined;
}

function share(part: Metric, whole: Metric): Readonly<Record<string, unknown>> {
  const counted = (id: string, metric: Metric) => ({
    Id: id,
    ReturnData: false,
    MetricStat: { Metric: metric, Period: PERIOD_SECONDS, Stat: "Sum" },
  });
  return {
    Metrics: [
      counted("part", part),
      counted("whole", whole),
      { Id: "percent", Label: "Percent", Expression: "IF(whole > 0, 100 * part / whole, 0)", ReturnData: true },
    ],
  };
}

/** docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html: `Resource` is `function:alias`. */
function aliasMetric({ ids, alias }: AlarmPlace): (name: string) => Metric {
  return (MetricName) => ({
    Namespace: "AWS/Lambda",
    MetricName,
    Dimensions: [
      { Name: "FunctionName", Value: ref(ids.function) },
      { Name: "Resource", Value: join(ref(ids.function), `:${alias}`) },
    ],
  });
}
