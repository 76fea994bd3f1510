import type { ResolvedAws, ResolvedFunction, ResolvedPlan } from "../../../resolved-plan.ts";
import type { Resources } from "../cloudformation.ts";

const WIDGET_HEIGHT = 6;
const ROW_WIDTH = 24;

/** One row per function: requests, times, and what is kept warm. */
export function dashboardResources({ service, stage }: ResolvedPlan, aws: ResolvedAws): Resources {
  if (!aws.dashboard) return {};
  const widgets = aws.functions.flatMap((fn, row) => rowOf(fn, row, aws));
  return {
    TricastDashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: `${service}-${stage}`, DashboardBody: JSON.stringify({ widgets }) },
    },
  };
}

type Metric = readonly unknown[];

function rowOf(fn: ResolvedFunction, row: number, { alias, region }: ResolvedAws): readonly unknown[] {
  const of = (name: string, options: Readonly<Record<string, string>>): Metric => [
    ...["AWS/Lambda", name, "FunctionName", fn.name, "Resource", `${fn.name}:${alias}`],
    options,
  ];
  const columns: readonly (readonly [string, readonly Metric[]])[] = [
    ["requests", ["Invocations", "Errors", "Throttles"].map((name) => of(name, { stat: "Sum" }))],
    ["milliseconds", ["p50", "p90", "p99"].map((stat) => of("Duration", { stat, label: stat }))],
    [
      "instances",
      [
        of("ConcurrentExecutions", { stat: "Maximum" }),
        of("ProvisionedConcurrentExecutions", { stat: "Maximum" }),
        of("ProvisionedConcurrencySpilloverInvocations", { stat: "Sum" }),
      ],
    ],
  ];
  const width = ROW_WIDTH / columns.length;
  return columns.map(([title, metrics], column) => ({
    type: "metric",
    x: column * width,
    y: row * WIDGET_HEIGHT,
    width,
    height: WIDGET_HEIGHT,
    properties: { title: `${fn.predictor}: ${title}`, region, view: "timeSeries", period: 300, metrics },
  }));
}
