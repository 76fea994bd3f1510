import { ALARM } from "./alarms.ts";

/** The widgets of each function. A dashboard has one row for each function, sorted by name. */
export const WIDGETS = [
  { title: "requests", metrics: ["Invocations", "Errors", "Throttles"].map((name) => metric(name, "Sum")) },
  { title: "milliseconds", metrics: ["p50", "p90", "p99"].map((stat) => metric("Duration", stat, stat)) },
  {
    title: "instances",
    metrics: [
      metric("ConcurrentExecutions", "Maximum"),
      metric("ProvisionedConcurrentExecutions", "Maximum"),
      metric("ProvisionedConcurrencySpilloverInvocations", "Sum"),
    ],
  },
] as const;

/** A dashboard has 24 columns. */
export const WIDGET_SIZE = { width: 24 / WIDGETS.length, height: 6 } as const;
export const WIDGET_SETTINGS = { view: "timeSeries", period: ALARM.periodSeconds } as const;

function metric(name: string, stat: string, label = name) {
  return { name, stat, label };
}
