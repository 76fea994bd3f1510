import { pingDescription } from "../../../facts/names.ts";
import { awsPingSchedule, holdMsOf, PING_RETRY, pingInput, TARGETS_PER_RULE } from "../../../facts/pings.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { getAtt, type Resources, ref } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

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
            Description: pingDescription(`${ping.concurrency}`, name),
            ScheduleExpression: awsPingSchedule(ping.everyMinutes, ping.concurrency),
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
    Input: JSON.stringify(pingInput(index, concurrency, holdMsOf(concurrency))),
    RetryPolicy: { MaximumRetryAttempts: PING_RETRY.attempts, MaximumEventAgeInSeconds: PING_RETRY.eventAgeSeconds },
  };
}
