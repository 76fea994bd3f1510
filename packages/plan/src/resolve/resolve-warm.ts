import type { Ping, WarmInstances } from "../config.ts";
import { PING_DEFAULTS, TIME_ZONE, WARM_DEFAULTS } from "../facts/defaults.ts";
import { invalidOption } from "../facts/invalid-option.ts";
import type { ResolvedPing, ResolvedWarm } from "../resolved-plan.ts";
import { parseEvery } from "./parse-every.ts";

export function resolveWarm(given: number | WarmInstances = {}): ResolvedWarm {
  const warm = typeof given === "number" ? { min: given } : given;
  const { min = WARM_DEFAULTS.min, targetUtilization = WARM_DEFAULTS.targetUtilization, schedule = [] } = warm;
  return {
    min,
    max: warm.max ?? min,
    targetUtilization,
    schedule: schedule.map(({ name, at, timeZone = TIME_ZONE, min: least, max = least }) => ({
      name,
      at,
      timeZone,
      min: least,
      max,
    })),
  };
}

export function resolvePing(given: Ping | false | undefined): ResolvedPing | undefined {
  if (given === undefined || given === false) return undefined;
  const { every, concurrency } = { ...PING_DEFAULTS, ...given };
  const everyMinutes = parseEvery(every);
  if (typeof everyMinutes !== "number") throw invalidOption(`ping.every ${everyMinutes.problem}`);
  return { everyMinutes, concurrency };
}
