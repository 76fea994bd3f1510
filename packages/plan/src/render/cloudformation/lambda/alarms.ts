import { ALARM, type Alarm, alarmsOf, ENDPOINT_METRICS, SHARE } from "../../../facts/alarms.ts";
import type { ResolvedAlarms, ResolvedFunction } from "../../../resolved-plan.ts";
import { type CloudFormationResource, join, type Resources, ref, resource } from "../cloudformation.ts";
import { type FunctionIds, idPart } from "../function-ids.ts";
import { tagList } from "../template.ts";

/** Dimensions of API Gateway's metrics. `undefined`: the gateway does not exist, or the stack does not know it. */
export interface Gateways {
  /** Value of the dimension `ApiId`. */
  readonly httpApi: unknown;
  /** Value of the dimension `ApiName`. */
  readonly restApi: unknown;
}

/** A function's ids, and the names in the dimensions of its metrics. */
export interface AlarmScope {
  readonly ids: FunctionIds;
  readonly alias: string;
  readonly gateways: Gateways;
}

/** Logical ids of a function's alarms, in the order of the template. */
export function alarmIds(fn: ResolvedFunction, scope: AlarmScope): readonly string[] {
  return Object.keys(alarmResources(fn, scope));
}

export function alarmResources(fn: ResolvedFunction, scope: AlarmScope): Resources {
  const { alarms } = fn;
  if (alarms === undefined) return {};
  return Object.fromEntries(
    alarmsOf(fn).flatMap((alarm) => {
      const metric = metricOf(alarm, fn, scope);
      if (metric === undefined) return [];
      return [[`${scope.ids.prefix}${idPart(alarm.name)}Alarm`, alarmResource(alarm, alarms, metric, fn)]];
    }),
  );
}

function alarmResource(
  { name, limit, describe }: Alarm,
  settings: ResolvedAlarms,
  metric: object,
  fn: ResolvedFunction,
): CloudFormationResource {
  const threshold = limit === undefined ? 0 : settings[limit];
  return resource("CloudWatch::Alarm", {
    AlarmName: `${fn.name}-${name}`,
    AlarmDescription: describe(`${threshold}`),
    ComparisonOperator: ALARM.comparison,
    Threshold: threshold,
    EvaluationPeriods: ALARM.periods,
    TreatMissingData: ALARM.missing,
    ...metric,
    ...notifications(settings),
    Tags: tagList(fn.tags),
  });
}

/** The end of an alarm notifies the same addresses as its start. */
function notifications({ notify }: ResolvedAlarms): object {
  return notify.length > 0 ? { AlarmActions: notify, OKActions: notify } : {};
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

function metricOf({ metric }: Alarm, { endpoint }: ResolvedFunction, scope: AlarmScope): object | undefined {
  const ofAlias = aliasMetric(scope);
  if (metric.kind === "share") return share(ofAlias(metric.part), ofAlias(metric.whole));
  if (metric.kind === "statistic") {
    const statistic = metric.statistic === "Sum" ? { Statistic: "Sum" } : { ExtendedStatistic: metric.statistic };
    return { ...ofAlias(metric.name), Period: ALARM.periodSeconds, ...statistic };
  }
  const { namespace, part, whole, dimension } = ENDPOINT_METRICS[endpoint?.kind ?? "http"];
  if (dimension === undefined) return share(ofAlias(part), ofAlias(whole));
  const value = dimension === "ApiId" ? scope.gateways.httpApi : scope.gateways.restApi;
  const ofGateway = (MetricName: string): Metric => ({
    Namespace: namespace,
    MetricName,
    Dimensions: [{ Name: dimension, Value: value }],
  });
  return value === undefined ? undefined : share(ofGateway(part), ofGateway(whole));
}

function share(part: Metric, whole: Metric): object {
  const counted = (id: string, metric: Metric) => ({
    Id: id,
    ReturnData: false,
    MetricStat: { Metric: metric, Period: ALARM.periodSeconds, Stat: "Sum" },
  });
  const percent = { Id: SHARE.id, Label: SHARE.label, Expression: SHARE.expression, ReturnData: true };
  return { Metrics: [counted("part", part), counted("whole", whole), percent] };
}

/** docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html: `Resource` is `function:alias`. */
function aliasMetric({ ids, alias }: AlarmScope): (name: string) => Metric {
  return (MetricName) => ({
    Namespace: "AWS/Lambda",
    MetricName,
    Dimensions: [
      { Name: "FunctionName", Value: ref(ids.function) },
      { Name: "Resource", Value: join(ref(ids.function), `:${alias}`) },
    ],
  });
}
