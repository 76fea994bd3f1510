import { cutName } from "../../resolve/names.ts";
import type { ResolvedPing } from "../../resolved-plan.ts";
import { everyMinutes, holdMsOf, TARGETS_PER_RULE } from "../../serverless/ping-rules.ts";
import type { Features } from "../features.ts";
import { block, call, expr, type Part, template, type ValueMap } from "../hcl.ts";
import { resource } from "../terraform-module.ts";
import { aliasesOf } from "./aws-functions.ts";

/** docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html, Name: 64; two are left for the number. */
const RULE_NAME_LIMIT = 62;

export function pingValues(functionName: string, ping: ResolvedPing): ValueMap {
  return {
    rule: cutName(`${functionName}-ping`, RULE_NAME_LIMIT),
    schedule: everyMinutes(ping.everyMinutes, ping.concurrency > TARGETS_PER_RULE),
    concurrency: ping.concurrency,
    hold_ms: holdMsOf(ping.concurrency),
  };
}

/** Scheduled pings of the alias: one target for each instance, so that pings of the same minute reach as many. */
export function awsPing(features: Features): Part[] {
  if (!features.ping) return [];
  return [
    block("locals", [], {
      pings: expr(
        "merge([for name, f in var.functions : {",
        '  for index in range(try(f.ping.concurrency, 0)) : "${name}/${index}" => {',
        "    function = name",
        "    index    = index",
        `    rule     = "\${f.ping.rule}-\${floor(index / ${TARGETS_PER_RULE})}"`,
        "  }",
        "}]...)",
      ),
      ping_rules: expr(`{ for p in values(local.pings) : p.rule => p.function if p.index % ${TARGETS_PER_RULE} == 0 }`),
    }),
    resource("aws_cloudwatch_event_rule", "ping", {
      for_each: expr("local.ping_rules"),
      name: expr("each.key"),
      description: template("Keeps instances of ${each.value} warm"),
      schedule_expression: expr("var.functions[each.value].ping.schedule"),
    }),
    target(features),
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

function target(features: Features): Part {
  const ping = "var.functions[each.value.function].ping";
  // The shape of docs/reference/warmup.md that says how long to hold.
  const input = {
    type: "warmer",
    warmerId: "tricast",
    index: expr("each.value.index"),
    concurrency: expr(`${ping}.concurrency`),
    delay: expr(`${ping}.hold_ms`),
  };
  return resource(
    "aws_cloudwatch_event_target",
    "ping",
    {
      for_each: expr("local.pings"),
      rule: expr("aws_cloudwatch_event_rule.ping[each.value.rule].name"),
      target_id: template("ping-${each.value.index}"),
      arn: expr(`${aliasesOf(features)}[each.value.function].arn`),
      input: call("jsonencode", input),
    },
    // The next ping is soon enough.
    block("retry_policy", [], { maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 }),
  );
}
