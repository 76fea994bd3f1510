import { WIDGET_SETTINGS, WIDGET_SIZE, WIDGETS } from "../../../facts/dashboard.ts";
import type { ResolvedAws, ResolvedPlan } from "../../../resolved-plan.ts";
import { type Resources, resource } from "../cloudformation.ts";

export function dashboardResources({ service, stage }: ResolvedPlan, aws: ResolvedAws): Resources {
  if (!aws.dashboard) return {};
  const DashboardBody = JSON.stringify({ widgets: widgets(aws) });
  return {
    TricastDashboard: resource("CloudWatch::Dashboard", { DashboardName: `${service}-${stage}`, DashboardBody }),
  };
}

function widgets({ functions, alias, region }: ResolvedAws): readonly object[] {
  const rows = [...functions].sort((a, b) => (a.predictor < b.predictor ? -1 : 1));
  return rows.flatMap(({ predictor, name }, row) =>
    WIDGETS.map(({ title, metrics }, column) => ({
      type: "metric",
      x: column * WIDGET_SIZE.width,
      y: row * WIDGET_SIZE.height,
      ...WIDGET_SIZE,
      properties: {
        title: `${predictor}: ${title}`,
        region,
        ...WIDGET_SETTINGS,
        metrics: metrics.map(({ name: metric, stat, label }) => [
          ...["AWS/Lambda", metric, "FunctionName", name, "Resource", `${name}:${alias}`],
          { stat, label },
        ]),
      },
    })),
  );
}
