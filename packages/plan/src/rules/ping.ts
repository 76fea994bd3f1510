import { WARMUP_SECRET } from "../facts/pings.ts";
import { functionRule, type Rule, violation } from "./rule.ts";

export const PING_RULES: readonly Rule[] = [
  functionRule("ping-beside-warm", "all", {
    severity: "warning",
    why: "Instances that are kept warm need no pings. You pay for both.",
    source: "docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
    look: ({ ping, warm }) =>
      ping !== undefined &&
      warm.min > 0 &&
      violation("ping", `pings and ${warm.min} warm instances`, "set ping: false"),
  }),
  functionRule("ping-above-max", ["aws"], {
    why: "The function has fewer instances than parallel pings. Lambda throttles the other pings, and requests too.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    look({ ping, maxInstances = Number.POSITIVE_INFINITY }) {
      if (ping === undefined || ping.concurrency <= maxInstances) return undefined;
      const seen = `${ping.concurrency} pings for ${maxInstances} instances`;
      return violation("ping.concurrency", seen, `set at most ${maxInstances}`);
    },
  }),
  functionRule("ping-fan-out-aws-only", ["azure", "gcp"], {
    why: "An instance there serves many requests, so parallel pings reach the same one. A timer runs on one instance only.",
    source:
      "learn.microsoft.com/azure/azure-functions/functions-bindings-timer; cloud.google.com/run/docs/about-concurrency",
    look: ({ ping }) =>
      ping !== undefined &&
      ping.concurrency > 1 &&
      violation("ping.concurrency", String(ping.concurrency), "use warmInstances for more than one"),
  }),
  functionRule("ping-uneven", ["azure", "gcp"], {
    why: "The schedulers of Azure and Google count from the full hour and the full day. An interval that does not divide them leaves a shorter gap there.",
    source:
      "cloud.google.com/scheduler/docs/configuring/cron-job-schedules; learn.microsoft.com/azure/azure-functions/functions-bindings-timer",
    look({ ping }) {
      if (ping === undefined || dividesEvenly(ping.everyMinutes)) return undefined;
      const fix = "choose a divisor of an hour or of a day: 5 minutes, 30 minutes, 2 hours";
      return violation("ping.every", `${ping.everyMinutes} minutes`, fix);
    },
  }),
  functionRule("ping-without-secret", ["gcp"], {
    why: "Every client can call the endpoint, so only a request with the secret is a ping. Without it, each ping is a request with an unexpected body.",
    source: "docs/reference/warmup.md, over HTTP",
    look({ ping, endpoint, secrets, environment }) {
      const isProtected = endpoint?.auth === "iam" || WARMUP_SECRET in { ...secrets, ...environment };
      if (ping === undefined || isProtected) return undefined;
      const fix = `add secrets: { ${WARMUP_SECRET}: { secretManager: "..." } }`;
      return violation("ping", `pings over HTTP without ${WARMUP_SECRET}`, fix);
    },
  }),
  functionRule("ping-idle-limit", ["gcp"], {
    severity: "warning",
    why: "Google keeps an idle instance for at most 15 minutes. A less frequent ping finds no instance.",
    source: "cloud.google.com/run/docs/about-instance-autoscaling",
    look: ({ ping }) =>
      ping !== undefined &&
      ping.everyMinutes > 15 &&
      violation("ping.every", `${ping.everyMinutes} minutes`, "ping every 10 minutes, or use warmInstances"),
  }),
];

function dividesEvenly(minutes: number): boolean {
  return 60 % minutes === 0 || (minutes % 60 === 0 && 24 % (minutes / 60) === 0);
}
