import type { ResolvedAlarms, ResolvedFunction } from "../resolved-plan.ts";
import { type Intrinsic, join, type Resources, ref } from "./cloudformation.ts";
import type { FunctionIds } from "./function-ids.ts";

const PERIOD_SECONDS = 300;

/** Logical ids of a function's alarms, in the order of the template. */
export function alarmIds(fn: ResolvedFunction, ids: FunctionIds): readonly string[] {
  return fn.alarms === undefined ? [] : alarms(fn, fn.alarms).map(({ kind }) => `${ids.prefix}${kind}Alarm`);
}

/** Alarms on the alias: failures, slow requests, throttles, and requests that found no provisioned instance. */
export function alarmResources(fn: ResolvedFunction, ids: FunctionIds, alias: string): Resources {
  const settings = fn.alarms;
  if (settings === undefined) return {};
  const dimensions = aliasDimensions(ids, alias);
  return Object.fromEntries(
    alarms(fn, settings).map(({ kind, name, description, threshold, metric }) => [
      `${ids.prefix}${kind}Alarm`,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          AlarmName: `${fn.name}-${name}`,
          AlarmDescription: description,
          ComparisonOperator: "GreaterThanThreshold",
          Threshold: threshold,
          EvaluationPeriods: 1,
          TreatMissingData: "notBreaching",
          ...metric(dimensions),
          ...(settings.notify.length > 0 ? { AlarmActions: settings.notify } : {}),
        },
      },
    ]),
  );
}

type Dimensions = readonly { readonly Name: string; readonly Value: unknown }[];

interface Alarm {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly threshold: number;
  metric(dimensions: Dimensions): Readonly<Record<string, unknown>>;
}

function alarms(fn: ResolvedFunction, { errorPercent, p99Ms }: ResolvedAlarms): readonly Alarm[] {
  const isProvisioned = [fn.warm, ...fn.warm.schedule].some(({ max }) => max > 0);
  const all: readonly (Alarm & { readonly when?: boolean })[] = [
    {
      kind: "Errors",
      name: "errors",
      description: `Over ${errorPercent} % of invocations failed`,
      threshold: errorPercent,
      metric: errorShare,
    },
    {
      kind: "Latency",
      name: "latency",
      description: `One request in a hundred took over ${p99Ms} ms`,
      threshold: p99Ms,
      metric: (dimensions) => single("Duration", dimensions, { ExtendedStatistic: "p99" }),
    },
    {
      kind: "Throttles",
      name: "throttles",
      description: "Requests were refused for want of concurrency",
      threshold: 0,
      metric: (dimensions) => single("Throttles", dimensions, { Statistic: "Sum" }),
    },
    {
      kind: "Spillover",
      name: "spillover",
      description: "Requests found every provisioned instance busy and may have started cold",
      threshold: 0,
      metric: (dimensions) => single("ProvisionedConcurrencySpilloverInvocations", dimensions, { Statistic: "Sum" }),
      when: isProvisioned,
    },
  ];
  return all.filter(({ when = true }) => when);
}

function single(name: string, dimensions: Dimensions, statistic: Readonly<Record<string, string>>) {
  return {
    Namespace: "AWS/Lambda",
    MetricName: name,
    Dimensions: dimensions,
    Period: PERIOD_SECONDS,
    ...statistic,
  };
}

function errorShare(dimensions: Dimensions) {
  const counted = (id: string, name: string) => ({
    Id: id,
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: "AWS/Lambda", MetricName: name, Dimensions: dimensions },
      Period: PERIOD_SECONDS,
      Stat: "Sum",
    },
  });
  return {
    Metrics: [
      counted("errors", "Errors"),
      counted("invocations", "Invocations"),
      {
        Id: "share",
        Label: "Failed invocations in percent",
        Expression: "IF(invocations > 0, 100 * errors / invocations, 0)",
        ReturnData: true,
      },
    ],
  };
}

/** docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html: `Resource` is `function:alias`. */
function aliasDimensions(ids: FunctionIds, alias: string): Dimensions {
  const qualified: Intrinsic = join(ref(ids.function), `:${alias}`);
  return [
    { Name: "FunctionName", Value: ref(ids.function) },
    { Name: "Resource", Value: qualified },
  ];
}
