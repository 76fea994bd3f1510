import { mostWarm } from "../facts/scaling.ts";
import type { ResolvedFunction, ResolvedWindow } from "../resolved-plan.ts";
import { findCronProblem, namesBothDays } from "./cron.ts";
import { functionRule, type Rule, repeats, targetRule, type Violation, violation } from "./rule.ts";

const PROVISIONED = "docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html";
const FLEX_ALWAYS_READY = "learn.microsoft.com/azure/azure-functions/flex-consumption-plan#always-ready-instances";
const SCALING = "docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html";
/** Default quota of an account in a region, and the part of it that Lambda keeps unreserved. */
const CONCURRENCY_QUOTA = 1000;
const UNRESERVED = 100;

export const WARM_RULES: readonly Rule[] = [
  targetRule("provisioned-on-latest", "aws", {
    why: "Provisioned concurrency needs a published version or an alias. Lambda refuses it on $LATEST.",
    source: PROVISIONED,
    look: ({ alias, functions }) =>
      alias === "$LATEST" &&
      functions.some(isWarm) &&
      violation("alias", '"$LATEST" with warm instances', 'remove alias, or set a name such as "live"'),
  }),
  targetRule("ping-on-latest", "aws", {
    why: "Instances belong to a version. A ping on $LATEST warms an instance that callers of a version do not reach.",
    source: PROVISIONED,
    look: ({ alias, functions }) =>
      alias === "$LATEST" &&
      !functions.some(isWarm) &&
      !functions.every(isLeftCold) &&
      violation("alias", '"$LATEST" with pings', 'remove alias, or set a name such as "live"'),
  }),
  targetRule("alias-name", "aws", {
    why: "In Lambda, a number names a version and $LATEST names the unpublished code. An alias cannot have such a name.",
    source: "docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
    look: ({ alias, functions }) =>
      /^\d+$|\$/.test(alias) &&
      (alias !== "$LATEST" || functions.every(isLeftCold)) &&
      violation("alias", JSON.stringify(alias), 'choose a word, such as "live"'),
  }),
  targetRule("snap-start", "aws", {
    why: "SnapStart supports Java, Python and .NET. Lambda refuses it for Node.",
    source: "docs.aws.amazon.com/lambda/latest/dg/snapstart.html",
    look: ({ snapStart }) => snapStart && violation("snapStart", "true", "remove it and use warmInstances"),
  }),
  targetRule("concurrency-quota", "aws", {
    severity: "warning",
    why: "An account has 1,000 concurrent executions in a region unless AWS raised the quota. 100 of them stay unreserved.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    look({ functions }) {
      const reserved = functions.reduce((sum, { maxInstances = 0 }) => sum + maxInstances, 0);
      if (reserved <= CONCURRENCY_QUOTA - UNRESERVED) return undefined;
      return violation("maxInstances", `${reserved} reserved in total`, "lower maxInstances, or ask AWS for more");
    },
  }),
  functionRule("provisioned-above-reserved", ["aws"], {
    why: "Lambda takes provisioned concurrency from the reserved concurrency and refuses a larger number.",
    source: PROVISIONED,
    look: moreWarmThanMost,
  }),
  functionRule("warm-above-max", ["azure", "gcp"], {
    why: "The number of warm instances exceeds maxInstances.",
    source: `${FLEX_ALWAYS_READY}; cloud.google.com/run/docs/configuring/max-instances`,
    look: moreWarmThanMost,
  }),
  functionRule("warm-bounds", "all", {
    why: "The minimum exceeds the maximum, so no number of instances satisfies both.",
    source: "tricast: WarmInstances",
    look: ({ warm }) =>
      [warm, ...warm.schedule].flatMap(({ min, max }, index) => {
        const field = index === 0 ? "warmInstances" : `warmInstances.schedule[${index - 1}]`;
        return min > max ? violation(field, `min ${min}, max ${max}`, "raise max, or remove it") : [];
      }),
  }),
  functionRule("target-utilization-range", ["aws"], {
    why: "Application Auto Scaling holds provisioned concurrency at a utilisation of 0.1 to 0.9.",
    source: `${PROVISIONED}#managing-provisioned-concurency`,
    look: ({ warm: { targetUtilization: utilization } }) =>
      (utilization < 0.1 || utilization > 0.9) &&
      violation("warmInstances.targetUtilization", String(utilization), "choose 0.1 to 0.9; 0.7 is usual"),
  }),
  functionRule("warm-scaling-aws-only", ["azure", "gcp"], {
    why: "Always-ready and minimum instances are a single number, and the platform adds instances under load. It would ignore a maximum or a schedule.",
    source: `${FLEX_ALWAYS_READY}; cloud.google.com/run/docs/configuring/min-instances`,
    look({ warm: { min, max, schedule } }) {
      if (schedule.length === 0 && max <= min) return undefined;
      const seen = schedule.length > 0 ? "a schedule" : `max ${max}`;
      return violation("warmInstances", seen, "set one number here, and the other bounds under targets.aws");
    },
  }),
  functionRule("window-cron", "all", {
    why: "Windows have cron expressions of five fields: minute, hour, day of month, month, day of week. Only Azure has a sixth field, for seconds.",
    source: SCALING,
    look: ofWindows("at", ({ at }) => findCronProblem(at)),
  }),
  functionRule("window-two-days", ["aws"], {
    why: "AWS accepts a day of the month or a day of the week, not both.",
    source: SCALING,
    look: ofWindows("at", ({ at }) =>
      findCronProblem(at) === undefined && namesBothDays(at) ? "write two windows" : undefined,
    ),
  }),
  functionRule("window-time-zone", "all", {
    why: "The platform refuses a schedule in an unknown time zone.",
    source: "www.iana.org/time-zones",
    look: ofWindows("timeZone", ({ timeZone }) =>
      isTimeZone(timeZone) ? undefined : 'write a zone such as "Europe/Berlin"',
    ),
  }),
  functionRule("window-name-repeats", "all", {
    why: "Names of windows become names of resources. The second window would replace the first.",
    source: "docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html",
    look: ({ warm }) =>
      repeats(warm.schedule, ({ name }) => name).map(([name, windows]) => {
        const seen = `${JSON.stringify(name)} ${windows.length} times`;
        return violation("warmInstances.schedule", seen, "give each window its own name");
      }),
  }),
  functionRule("window-without-end", ["aws"], {
    severity: "warning",
    why: "A window lasts until the next window begins. A single window never ends, and you pay for it at night too.",
    source: SCALING,
    look: ({ warm: { schedule } }) =>
      schedule.length === 1 &&
      violation("warmInstances.schedule", `only ${JSON.stringify(schedule[0]?.name)}`, "add the window that ends it"),
  }),
  targetRule("warmup-on-consumption", "azure", {
    why: "The Consumption plan has neither always-ready instances nor a warmup trigger.",
    source: "learn.microsoft.com/azure/azure-functions/functions-bindings-warmup",
    look: ({ plan, functions }) =>
      plan === "consumption" &&
      !functions.every(isLeftCold) &&
      violation("plan", "consumption with warm instances or pings", "remove plan: the default is Flex Consumption"),
  }),
  targetRule("consumption-retires", "azure", {
    why: "The Consumption plan on Linux gets no newer Node and ends on 2028-09-30.",
    source: "learn.microsoft.com/azure/azure-functions/consumption-plan",
    look: ({ plan, functions }) =>
      plan === "consumption" &&
      functions.every(isLeftCold) &&
      violation("plan", "consumption", "remove plan: the default is Flex Consumption"),
  }),
];

function isWarm({ warm }: ResolvedFunction): boolean {
  return mostWarm(warm) > 0;
}

function isLeftCold(fn: ResolvedFunction): boolean {
  return !isWarm(fn) && fn.ping === undefined;
}

function moreWarmThanMost({ warm, maxInstances }: ResolvedFunction): Violation | undefined {
  const most = mostWarm(warm);
  if (maxInstances === undefined || most <= maxInstances) return undefined;
  const fix = `raise maxInstances to ${most}, or lower warmInstances`;
  return violation("warmInstances", `${most} warm, maxInstances ${maxInstances}`, fix);
}

/** Checks one key of every window. @param fixOf the fix for a wrong window. */
function ofWindows(key: "at" | "timeZone", fixOf: (window: ResolvedWindow) => string | undefined) {
  return ({ warm }: ResolvedFunction) =>
    warm.schedule.flatMap((window, index) => {
      const fix = fixOf(window);
      const field = `warmInstances.schedule[${index}].${key}`;
      return fix === undefined ? [] : violation(field, JSON.stringify(window[key]), fix);
    });
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
