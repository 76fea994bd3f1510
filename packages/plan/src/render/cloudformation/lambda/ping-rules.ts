import { pingDescription } from "../../../facts/names.ts";
import { awsPingSchedule, holdMsOf, PING_RETRY, pingInput, TARGETS_PER_RULE } from "../../../facts/pings.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { getAtt, merge, type Resources, ref, resource } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

/**
 * Scheduled pings of the alias, with a constant input.
 *
 * An instance serves one request, so N pings at the same time reach N instances. A rule calls each of its targets once, and
 * one function can be several targets. So there are N targets in rules of five, and each ping holds its instance until the
 * other pings arrive.
 */
export function pingResources({ ping, name }: ResolvedFunction, ids: FunctionIds): Resources {
  if (ping === undefined) return {};
  const rules = Math.ceil(ping.concurrency / TARGETS_PER_RULE);
  const all = Array.from({ length: ping.concurrency }, (_, index) => target(ids, index, ping.concurrency));
  return merge(
    Array.from({ length: rules }, (_, rule) => {
      const id = `${ids.prefix}PingRule${rules === 1 ? "" : rule + 1}`;
      return {
        [id]: resource("Events::Rule", {
          Description: pingDescription(`${ping.concurrency}`, name),
          ScheduleExpression: awsPingSchedule(ping.everyMinutes, ping.concurrency),
          Targets: all.slice(rule * TARGETS_PER_RULE, (rule + 1) * TARGETS_PER_RULE),
        }),
        [`${id}Permission`]: resource("Lambda::Permission", {
          FunctionName: ref(ids.alias),
          Action: "lambda:InvokeFunction",
          Principal: "events.amazonaws.com",
          SourceArn: getAtt(id, "Arn"),
        }),
      };
    }),
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
