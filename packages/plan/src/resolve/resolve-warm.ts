import { TricastError } from "@tricast/core";
import type { Ping, WarmInstances } from "../config.ts";
import { PING_DEFAULTS, WARM_DEFAULTS } from "../facts/defaults.ts";
import type { ResolvedPing, ResolvedWarm } from "../resolved-plan.ts";
import { parseEvery } from "./parse-every.ts";

export function resolveWarm(given: number | WarmInstances = {}): ResolvedWarm {
  const warm = typeof given === "number" ? { min: given } : given;
  const { min = WARM_DEFAULTS.min, targetUtilization = WARM_DEFAULTS.targetUtilization, schedule = [] } = warm;
  return {
    min,
    max: warm.max ?? min,
    targetUtilization,
    schedule: schedule.map((window) => ({
      name: window.name,
      at: window.at,
      timeZone: window.timeZone ?? WARM_DEFAULTS.timeZone,
      min: window.min,
      max: window.max ?? window.min,
    })),
  };
}

export function resolvePing(given: Ping | false | undefined): ResolvedPing | undefined {
  if (given === undefined || given === false) return undefined;
  const { every, concurrency } = { ...PING_DEFAULTS, ...given };
  const everyMinutes = parseEvery(every);
  if (typeof everyMinutes !== "number") throw new TricastError("invalid-option", `ping.every ${everyMinutes.problem}`);
  return { everyMinutes, concurrency };
}
