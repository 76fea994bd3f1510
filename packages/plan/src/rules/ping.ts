import { WARMUP_SECRET } from "../facts/pings.ts";
import { functionRule, type Rule } from "./rule.ts";

const PROVISIONED = "docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html";

export const PING_RULES: readonly Rule[] = [
  functionRule({
    name: "ping-beside-warm",
    severity: "warning",
    why: "Instances that are kept warm need no pings; both are paid for.",
    source: PROVISIONED,
    look: ({ ping, warm }) =>
      ping !== undefined && warm.min > 0
        ? { field: "ping", seen: `pings beside ${warm.min} warm instances`, fix: "set ping: false" }
        : undefined,
  }),
  functionRule({
    name: "ping-above-max",
    targets: ["aws"],
    why: "More pings at once than there may be instances: the rest is throttled, and so are requests meanwhile.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    look: ({ ping, maxInstances = Number.POSITIVE_INFINITY }) =>
      ping !== undefined && ping.concurrency > maxInstances
        ? {
            field: "ping.concurrency",
            seen: `${ping.concurrency} pings for ${maxInstances} instances`,
            fix: `ping at most ${maxInstances}`,
          }
        : undefined,
  }),
  functionRule({
    name: "ping-fan-out-aws-only",
    targets: ["azure", "gcp"],
    why: "Where one instance serves many requests, parallel pings land on the same one, and a timer fires on one instance only.",
    source:
      "learn.microsoft.com/azure/azure-functions/functions-bindings-timer; cloud.google.com/run/docs/about-concurrency",
    look: ({ ping }) =>
      ping !== undefined && ping.concurrency > 1
        ? { field: "ping.concurrency", seen: String(ping.concurrency), fix: "use warmInstances for more than one" }
        : undefined,
  }),
  functionRule({
    name: "ping-uneven",
    targets: ["azure", "gcp"],
    why: "The schedulers of Azure and Google count from the full hour and the full day: what does not divide it leaves a shorter gap there.",
    source:
      "cloud.google.com/scheduler/docs/configuring/cron-job-schedules; learn.microsoft.com/azure/azure-functions/functions-bindings-timer",
    look: ({ ping }) =>
      ping === undefined || dividesEvenly(ping.everyMinutes)
        ? undefined
        : {
            field: "ping.every",
            seen: `${ping.everyMinutes} minutes`,
            fix: "choose a divisor of an hour or of a day: 5 minutes, 30 minutes, 2 hours",
          },
  }),
  functionRule({
    name: "ping-without-secret",
    targets: ["gcp"],
    why: "Everybody can call it, so only a ping with the secret counts as one; without it each ping is a request with a strange body.",
    source: "docs/reference/warmup.md, over HTTP",
    look: ({ ping, endpoint, secrets, environment }) =>
      ping === undefined || endpoint?.auth === "iam" || WARMUP_SECRET in secrets || WARMUP_SECRET in environment
        ? undefined
        : {
            field: "ping",
            seen: `pings over HTTP without ${WARMUP_SECRET}`,
            fix: `add secrets: { ${WARMUP_SECRET}: { secretManager: "..." } }`,
          },
  }),
  functionRule({
    name: "ping-idle-limit",
    severity: "warning",
    targets: ["gcp"],
    why: "Google keeps an idle instance for 15 minutes at the most, so a rarer ping finds none.",
    source: "cloud.google.com/run/docs/about-instance-autoscaling",
    look: ({ ping }) =>
      ping !== undefined && ping.everyMinutes > 15
        ? {
            field: "ping.every",
            seen: `${ping.everyMinutes} minutes`,
            fix: "ping every 10 minutes, or use warmInstances",
          }
        : undefined,
  }),
];

function dividesEvenly(minutes: number): boolean {
  return 60 % minutes === 0 || (minutes % 60 === 0 && 24 % (minutes / 60) === 0);
}
