import { pingDescription, pingRuleName } from "../../../facts/names.ts";
import { awsPingSchedule, holdMsOf, PING_RETRY, pingInput, TARGETS_PER_RULE } from "../../../facts/pings.ts";
import type { ResolvedFunction, ResolvedPing } from "../../../resolved-plan.ts";
import type { Features } from "../features.ts";
import { call, expr, nested, type Part, template, type ValueMap } from "../hcl.ts";
import { locals, merged, resource } from "../terraform-module.ts";
import { aliasesOf } from "./aws-gateway.ts";

export function pingValues(one: ResolvedFunction, { everyMinutes, concurrency }: ResolvedPing): ValueMap {
  return {
    rule: pingRuleName(one),
    schedule: awsPingSchedule(everyMinutes, concurrency),
    concurrency,
    hold_ms: holdMsOf(concurrency),
  };
}

/** Scheduled pings of the alias, with one target for each instance: N pings in one minute reach N instances. */
export function awsPing(features: Features): Part[] {
  if (!features.ping) return [];
  const ping = "var.functions[each.value.function].ping";
  const input = pingInput(expr("each.value.index"), expr(`${ping}.concurrency`), expr(`${ping}.hold_ms`));
  return [
    locals({
      pings: merged(
        "var.functions",
        '  for index in range(try(f.ping.concurrency, 0)) : "${name}/${index}" => {',
        "    function = name",
        "    index    = index",
        `    rule     = "\${f.ping.rule}-\${floor(index / ${TARGETS_PER_RULE})}"`,
        "  }",
      ),
      ping_rules: expr(`{ for p in values(local.pings) : p.rule => p.function if p.index % ${TARGETS_PER_RULE} == 0 }`),
    }),
    resource("aws_cloudwatch_event_rule", "ping", {
      for_each: expr("local.ping_rules"),
      name: expr("each.key"),
      description: template(
        pingDescription("${var.functions[each.value].ping.concurrency}", "${var.functions[each.value].name}"),
      ),
      schedule_expression: expr("var.functions[each.value].ping.schedule"),
    }),
    resource("aws_cloudwatch_event_target", "ping", {
      for_each: expr("local.pings"),
      rule: expr("aws_cloudwatch_event_rule.ping[each.value.rule].name"),
      target_id: template("ping-${each.value.index}"),
      arn: expr(`${aliasesOf(features)}[each.value.function].arn`),
      input: call("jsonencode", input),
      retry_policy: nested({
        maximum_retry_attempts: PING_RETRY.attempts,
        maximum_event_age_in_seconds: PING_RETRY.eventAgeSeconds,
      }),
    }),
    resource("aws_lambda_permission", "ping", {
      for_each: expr("local.ping_rules"),
      function_name: expr(`${aliasesOf(features)}[each.value].function_name`),
      qualifier: expr("var.alias"),
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      source_arn: expr("aws_cloudwatch_event_rule.ping[each.key].arn"),
    }),
  ];
}
