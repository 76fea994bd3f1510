import { ALARM } from "./alarms.ts";

/** One row for each function, by name, with a widget for each of these. */
export const WIDGETS = [
  { title: "requests", metrics: [sum("Invocations"), sum("Errors"), sum("Throttles")] },
  { title: "milliseconds", metrics: ["p50", "p90", "p99"].map((stat) => ({ name: "Duration", stat, label: stat })) },
  {
    title: "instances",
    metrics: [
      most("ConcurrentExecutions"),
      most("ProvisionedConcurrentExecutions"),
      sum("ProvisionedConcurrencySpilloverInvocations"),
    ],
  },
] as const;

/** Of a dashboard's 24 columns. */
export const WIDGET_SIZE = { width: 24 / WIDGETS.length, height: 6 } as const;
export const WIDGET_SETTINGS = { view: "timeSeries", period: ALARM.periodSeconds } as const;

function sum(name: string) {
  return { name, stat: "Sum", label: name };
}

function most(name: string) {
  return { name, stat: "Maximum", label: name };
}
