/** docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, targets per rule. */
export const TARGETS_PER_RULE = 5;
/** EventBridge calls the targets of one rule together. The calls leave Lambda's queue some hundred milliseconds apart. */
const HOLD_MS = 1000;
/** Rules for the same minute start some seconds apart. The core holds an instance at most this long. */
const HOLD_MS_OF_SEVERAL_RULES = 10_000;

/** No retries: the next ping does the work of a late one. */
export const PING_RETRY = { attempts: 0, eventAgeSeconds: 60 } as const;

/** The time that each ping keeps its instance busy, so that other pings reach other instances. A single ping does not hold. */
export function holdMsOf(concurrency: number): number {
  if (concurrency === 1) return 0;
  return concurrency > TARGETS_PER_RULE ? HOLD_MS_OF_SEVERAL_RULES : HOLD_MS;
}

/** The ping of docs/reference/warmup.md that can hold an instance. `T`: a number, or an expression for one. */
export function pingInput<T>(index: T, concurrency: T, delay: T) {
  return { type: "warmer", warmerId: "tricast", index, concurrency, delay };
}

/**
 * The schedule of a rule of EventBridge. A rate counts from the creation of its rule. Only cron expressions start several
 * rules in the same minute.
 */
export function awsPingSchedule(minutes: number, concurrency: number): string {
  const atClock = concurrency > TARGETS_PER_RULE;
  const isInHour = 60 % minutes === 0 && minutes < 60;
  if (atClock && isInHour) return `cron(0/${minutes} * * * ? *)`;
  const hours = minutes / 60;
  if (atClock && Number.isInteger(hours) && 24 % hours === 0) return `cron(0 0/${hours} * * ? *)`;
  return minutes === 1 ? "rate(1 minute)" : `rate(${minutes} minutes)`;
}

/** Five fields (cloud.google.com/scheduler/docs/configuring/cron-job-schedules). */
export function gcpPingSchedule(minutes: number): string {
  if (minutes < 60) return `*/${minutes} * * * *`;
  return `0 */${Math.max(1, Math.round(minutes / 60))} * * *`;
}

/** Six fields, beginning with seconds (learn.microsoft.com/azure/azure-functions/functions-bindings-timer). */
export function azurePingSchedule(minutes: number): string {
  return `0 ${gcpPingSchedule(minutes)}`;
}

/** The variable with the secret of pings over HTTP, and the header with the secret. */
export const WARMUP_SECRET = "TRICAST_WARMUP_SECRET";
export const WARMUP_HEADER = "x-tricast-warmup";
/** The app setting with the schedule of the timer that `azureFunctions()` registers. */
export const WARMUP_SCHEDULE = "TRICAST_WARMUP_SCHEDULE";
