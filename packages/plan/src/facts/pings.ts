/** docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, targets per rule. */
export const TARGETS_PER_RULE = 5;
/** The targets of one rule are called together; the calls pass Lambda's queue some hundred milliseconds apart. */
const HOLD_MS = 1000;
/** Rules for the same minute start some seconds apart; this is the longest that the core holds an instance. */
const HOLD_MS_OF_SEVERAL_RULES = 10_000;

/** A late ping warms nothing that the next one does not. */
export const PING_RETRY = { attempts: 0, eventAgeSeconds: 60 } as const;

/** How long each ping keeps its instance busy, so that the others reach other instances; a single ping does not hold. */
export function holdMsOf(concurrency: number): number {
  if (concurrency === 1) return 0;
  return concurrency > TARGETS_PER_RULE ? HOLD_MS_OF_SEVERAL_RULES : HOLD_MS;
}

/** The ping shape of docs/reference/warmup.md that can hold an instance. `T`: a number, or an expression that gives one. */
export function pingInput<T>(index: T, concurrency: T, delay: T) {
  return { type: "warmer", warmerId: "tricast", index, concurrency, delay };
}

/**
 * The schedule of a rule of EventBridge. A rate counts from the creation of its rule; several rules meet only at minutes
 * of the clock.
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

/** Six fields, the first of them seconds (learn.microsoft.com/azure/azure-functions/functions-bindings-timer). */
export function azurePingSchedule(minutes: number): string {
  return `0 ${gcpPingSchedule(minutes)}`;
}

/** The variable with the secret that proves a ping over HTTP, and the header that carries it. */
export const WARMUP_SECRET = "TRICAST_WARMUP_SECRET";
export const WARMUP_HEADER = "x-tricast-warmup";
/** The app setting with the schedule of the timer that `azureFunctions()` registers. */
export const WARMUP_SCHEDULE = "TRICAST_WARMUP_SCHEDULE";
