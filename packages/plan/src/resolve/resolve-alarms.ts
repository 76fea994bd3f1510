import type { Alarms } from "../config.ts";
import type { ResolvedAlarms } from "../resolved-plan.ts";
import { ALARM_DEFAULTS, isProduction, P99_SHARE_OF_TIMEOUT } from "./defaults.ts";

export function resolveAlarms(
  given: Alarms | false | undefined,
  stage: string,
  timeoutSeconds: number,
): ResolvedAlarms | undefined {
  if (given === false || (given === undefined && !isProduction(stage))) return undefined;
  return { ...ALARM_DEFAULTS, p99Ms: Math.round(timeoutSeconds * 1000 * P99_SHARE_OF_TIMEOUT), ...given };
}
