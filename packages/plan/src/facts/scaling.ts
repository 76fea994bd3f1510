import type { ResolvedWarm } from "../resolved-plan.ts";

/** The bounds outside windows, and those of each window. */
function boundsOf(warm: ResolvedWarm): readonly { readonly min: number; readonly max: number }[] {
  return [warm, ...warm.schedule];
}

/** Whether the number of instances changes automatically, by load or by time of day. */
export function scales({ min, max, schedule }: ResolvedWarm): boolean {
  return max > min || schedule.length > 0;
}

/** Whether the number of instances follows the load, at any time of day. */
export function isElastic(warm: ResolvedWarm): boolean {
  return boundsOf(warm).some(({ min, max }) => max > min);
}

/** The largest number of warm instances at any time of day. */
export function mostWarm(warm: ResolvedWarm): number {
  return Math.max(...boundsOf(warm).flatMap(({ min, max }) => [min, max]));
}
