import type { ResolvedFunction } from "../resolved-plan.ts";
import { getAtt, type Resources, ref } from "./cloudformation.ts";
import type { FunctionIds } from "./function-ids.ts";

/** docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, targets per rule. */
export const TARGETS_PER_RULE = 5;
/** Targets of one rule are called together; the calls come through Lambda's queue, some hundred milliseconds apart. */
const HOLD_MS = 1000;
/** Rules for the same minute begin some seconds apart; the longest that the core holds an instance. */
const HOLD_MS_OF_SEVERAL_RULES = 10_000;

/**
 * Scheduled pings of the alias, with a constant input.
 *
 * One instance serves one request, so N pings at the same time reach N instances. A rule calls each of its targets once,
 * and one function may be several targets: N targets, in rules of five, and each ping holds its instance until the others
 * have arrived.
 */
export function pingResources({ ping, name }: ResolvedFunction, ids: FunctionIds): Resources {
  if (ping === undefined) return {};
  const rules = Math.ceil(ping.concurrency / TARGETS_PER_RULE);
  return Object.fromEntries(
    Array.from({ length: rules }, (_, rule) => {
      const first = rule * TARGETS_PER_RULE;
      const count = Math.min(TARGETS_PER_RULE, ping.concurrency - first);
      const targets = Array.from({ length: count }, (_, index) => target(ids, first + index, ping.concurrency));
      const id = `${ids.prefix}PingRule${rules === 1 ? "" : rule + 1}`;
      return Object.entries({
        [id]: {
          Type: "AWS::Events::Rule",
          Properties: {
            Description: `Keeps ${ping.concurrency} of ${name} warm`,
            ScheduleExpression: everyMinutes(ping.everyMinutes, rules > 1),
            Targets: targets,
          },
        },
        [`${id}Permission`]: {
          Type: "AWS::Lambda::Permission",
          Properties: {
            FunctionName: ref(ids.alias),
            Action: "lambda:InvokeFunction",
            Principal: "events.amazonaws.com",
            SourceArn: getAtt(id, "Arn"),
          },
        },
      });
    }).flat(),
  );
}

function target(ids: FunctionIds, index: number, concurrency: number): Readonly<Record<string, unknown>> {
  return {
    Id: `ping-${index}`,
    Arn: ref(ids.alias),
    Input: pingInput(index, concurrency),
    // A ping that comes late warms nothing that the next one does not.
    RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  };
}

/** How long each ping keeps its instance busy, so that the others find other instances; alone it does not. */
export function holdMsOf(concurrency: number): number {
  if (concurrency === 1) return 0;
  return concurrency > TARGETS_PER_RULE ? HOLD_MS_OF_SEVERAL_RULES : HOLD_MS;
}

/** The shape of docs/reference/warmup.md that says how long to hold. */
function pingInput(index: number, concurrency: number): string {
  return JSON.stringify({
    type: "warmer",
    warmerId: "tricast",
    index,
    concurrency,
    delay: holdMsOf(concurrency),
  });
}

/** A rate counts from when its rule was made; several rules meet only at minutes of the clock. */
export function everyMinutes(minutes: number, atClock: boolean): string {
  const isInHour = 60 % minutes === 0 && minutes < 60;
  if (atClock && isInHour) return `cron(0/${minutes} * * * ? *)`;
  const hours = minutes / 60;
  if (atClock && Number.isInteger(hours) && 24 % hours === 0) return `cron(0 0/${hours} * * ? *)`;
  return minutes === 1 ? "rate(1 minute)" : `rate(${minutes} minutes)`;
}
