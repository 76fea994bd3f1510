import { mostWarm } from "../facts/scaling.ts";
import type { ResolvedFunction, ResolvedWarm, ResolvedWindow } from "../resolved-plan.ts";
import { findCronProblem, namesBothDays } from "./cron.ts";
import { functionRule, type Rule, repeats, targetRule } from "./rule.ts";

const PROVISIONED = "docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html";
const FLEX_ALWAYS_READY = "learn.microsoft.com/azure/azure-functions/flex-consumption-plan#always-ready-instances";
const SCALING = "docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html";
/** Of an account in a region, with what Lambda keeps unreserved. */
const CONCURRENCY_QUOTA = 1000;
const UNRESERVED = 100;

export const WARM_RULES: readonly Rule[] = [
  targetRule({
    name: "provisioned-on-latest",
    target: "aws",
    why: "Provisioned concurrency belongs to a published version or an alias; Lambda refuses it on $LATEST.",
    source: PROVISIONED,
    look: ({ alias, functions }) =>
      alias === "$LATEST" && functions.some(({ warm }) => mostWarm(warm) > 0)
        ? { field: "alias", seen: '"$LATEST" with warm instances', fix: 'leave the alias out, or name one: "live"' }
        : undefined,
  }),
  targetRule({
    name: "ping-on-latest",
    target: "aws",
    why: "Instances belong to a version: a ping on $LATEST warms what no caller of a version reaches.",
    source: PROVISIONED,
    look: ({ alias, functions }) =>
      alias === "$LATEST" && functions.every(({ warm }) => mostWarm(warm) === 0) && functions.some(({ ping }) => ping)
        ? { field: "alias", seen: '"$LATEST" with pings', fix: 'leave the alias out, or name one: "live"' }
        : undefined,
  }),
  targetRule({
    name: "alias-name",
    target: "aws",
    why: "Lambda takes a number for a version and $LATEST for what is not published; neither can be an alias.",
    source: "docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
    look: ({ alias, functions }) =>
      /^\d+$|\$/.test(alias) && (alias !== "$LATEST" || functions.every(isLeftCold))
        ? { field: "alias", seen: JSON.stringify(alias), fix: 'choose a word, such as "live"' }
        : undefined,
  }),
  targetRule({
    name: "snap-start",
    target: "aws",
    why: "SnapStart has Java, Python and .NET, and no Node: Lambda refuses it.",
    source: "docs.aws.amazon.com/lambda/latest/dg/snapstart.html",
    look: ({ snapStart }) =>
      snapStart ? { field: "snapStart", seen: "true", fix: "leave it out and use warmInstances" } : undefined,
  }),
  targetRule({
    name: "concurrency-quota",
    severity: "warning",
    target: "aws",
    why: "An account has 1,000 concurrent executions in a region unless AWS raised it, and keeps 100 of them unreserved.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    look({ functions }) {
      const reserved = functions.reduce((sum, { maxInstances = 0 }) => sum + maxInstances, 0);
      const fix = "lower maxInstances, or ask AWS for more";
      return reserved > CONCURRENCY_QUOTA - UNRESERVED
        ? { field: "maxInstances", seen: `${reserved} reserved in all`, fix }
        : undefined;
    },
  }),
  functionRule({
    name: "provisioned-above-reserved",
    targets: ["aws"],
    why: "Provisioned concurrency is taken from the reserved one; Lambda refuses more than there is.",
    source: PROVISIONED,
    look: moreWarmThanMost,
  }),
  functionRule({
    name: "warm-above-max",
    targets: ["azure", "gcp"],
    why: "More instances shall be kept warm than there may be.",
    source: `${FLEX_ALWAYS_READY}; cloud.google.com/run/docs/configuring/max-instances`,
    look: moreWarmThanMost,
  }),
  functionRule({
    name: "warm-bounds",
    why: "The least is over the most, so no number of instances satisfies both.",
    source: "tricast: WarmInstances",
    look: ({ warm }) =>
      boundsOf(warm)
        .filter(({ min, max }) => min > max)
        .map(({ field, min, max }) => ({ field, seen: `min ${min}, max ${max}`, fix: "raise max, or leave it out" })),
  }),
  functionRule({
    name: "target-utilization-range",
    targets: ["aws"],
    why: "Application Auto Scaling holds a utilisation of provisioned concurrency of 0.1 to 0.9.",
    source: `${PROVISIONED}#managing-provisioned-concurency`,
    look: ({ warm: { targetUtilization } }) =>
      targetUtilization >= 0.1 && targetUtilization <= 0.9
        ? undefined
        : {
            field: "warmInstances.targetUtilization",
            seen: String(targetUtilization),
            fix: "choose 0.1 to 0.9; 0.7 is usual",
          },
  }),
  functionRule({
    name: "warm-scaling-aws-only",
    targets: ["azure", "gcp"],
    why: "Always-ready and minimum instances are one number, and more come with the load by themselves; a most or a schedule would be ignored.",
    source: `${FLEX_ALWAYS_READY}; cloud.google.com/run/docs/configuring/min-instances`,
    look: ({ warm }) =>
      warm.schedule.length === 0 && warm.max <= warm.min
        ? undefined
        : {
            field: "warmInstances",
            seen: warm.schedule.length > 0 ? "a schedule" : `max ${warm.max}`,
            fix: "give one number here, and the rest under targets.aws",
          },
  }),
  functionRule({
    name: "window-cron",
    why: "Windows have cron expressions of five fields: minute, hour, day of month, month, day of week. Six fields are Azure's own, with seconds.",
    source: SCALING,
    look: ({ warm }) =>
      warm.schedule.flatMap(({ at }, index) => {
        const fix = findCronProblem(at);
        return fix === undefined ? [] : { field: windowField(index, "at"), seen: JSON.stringify(at), fix };
      }),
  }),
  functionRule({
    name: "window-two-days",
    targets: ["aws"],
    why: "AWS takes a day of the month or a day of the week, never both.",
    source: SCALING,
    look: ({ warm }) =>
      warm.schedule.flatMap(({ at }, index) =>
        findCronProblem(at) === undefined && namesBothDays(at)
          ? { field: windowField(index, "at"), seen: JSON.stringify(at), fix: "make two windows of it" }
          : [],
      ),
  }),
  functionRule({
    name: "window-time-zone",
    why: "A schedule in a zone that nobody knows is refused when it is made.",
    source: "www.iana.org/time-zones",
    look: ({ warm }) =>
      warm.schedule.flatMap(({ timeZone }, index) =>
        isTimeZone(timeZone)
          ? []
          : {
              field: windowField(index, "timeZone"),
              seen: JSON.stringify(timeZone),
              fix: 'write a zone such as "Europe/Berlin"',
            },
      ),
  }),
  functionRule({
    name: "window-name-repeats",
    why: "Names of windows become names of resources: the second would replace the first.",
    source: "docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html",
    look: ({ warm }) =>
      repeats(warm.schedule, windowName).map(([name, windows]) => ({
        field: "warmInstances.schedule",
        seen: `${JSON.stringify(name)} ${windows.length} times`,
        fix: "give each window its own name",
      })),
  }),
  functionRule({
    name: "window-without-end",
    severity: "warning",
    targets: ["aws"],
    why: "A window lasts until the next one begins, so a single one stays for good, and is paid for at night.",
    source: SCALING,
    look: ({ warm: { schedule } }) =>
      schedule.length === 1
        ? {
            field: "warmInstances.schedule",
            seen: `${JSON.stringify(schedule[0]?.name)} alone`,
            fix: "add the window that ends it",
          }
        : undefined,
  }),
  targetRule({
    name: "warmup-on-consumption",
    target: "azure",
    why: "The Consumption plan has neither always-ready instances nor a warmup trigger.",
    source: "learn.microsoft.com/azure/azure-functions/functions-bindings-warmup",
    look: ({ plan, functions }) =>
      plan === "consumption" && !functions.every(isLeftCold)
        ? { field: "plan", seen: "consumption with warm instances or pings", fix: "leave plan out: Flex Consumption" }
        : undefined,
  }),
  targetRule({
    name: "consumption-retires",
    target: "azure",
    why: "The Consumption plan on Linux gets no newer Node and ends on 2028-09-30.",
    source: "learn.microsoft.com/azure/azure-functions/consumption-plan",
    look: ({ plan, functions }) =>
      plan === "consumption" && functions.every(isLeftCold)
        ? { field: "plan", seen: "consumption", fix: "leave plan out: Flex Consumption" }
        : undefined,
  }),
];

function isLeftCold({ warm, ping }: ResolvedFunction): boolean {
  return mostWarm(warm) === 0 && ping === undefined;
}

function moreWarmThanMost({ warm, maxInstances }: ResolvedFunction) {
  const most = mostWarm(warm);
  if (maxInstances === undefined || most <= maxInstances) return undefined;
  return {
    field: "warmInstances",
    seen: `${most} warm of at most ${maxInstances}`,
    fix: `raise maxInstances to ${most}, or keep fewer warm`,
  };
}

function boundsOf({ min, max, schedule }: ResolvedWarm) {
  return [
    { field: "warmInstances", min, max },
    ...schedule.map((window, index) => ({ field: `warmInstances.schedule[${index}]`, ...pickBounds(window) })),
  ];
}

function pickBounds({ min, max }: ResolvedWindow) {
  return { min, max };
}

function windowField(index: number, key: keyof ResolvedWindow): string {
  return `warmInstances.schedule[${index}].${key}`;
}

function windowName({ name }: ResolvedWindow): string {
  return name;
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
