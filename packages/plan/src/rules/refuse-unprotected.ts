import { TricastError } from "@tricast/core";
import type { TargetsConfig } from "../config.ts";
import { onlyOn } from "../facts/targets.ts";
import type { ResolvedPlan } from "../resolved-plan.ts";
import { AUTHENTICATION_RULES } from "./authentication.ts";
import type { Finding } from "./rule.ts";

/**
 * The first step of every renderer, so that no file is written without the rules that decide who can call.
 * @throws {TricastError} `invalid-option` when an endpoint of these targets is more open than the plan asks.
 */
export function refuseUnprotected(plans: readonly ResolvedPlan[], ...targets: readonly (keyof TargetsConfig)[]): void {
  const problems = plans.flatMap((plan) =>
    targets.flatMap((target) =>
      AUTHENTICATION_RULES.flatMap((rule) => rule.check(onlyOn(plan, target))).map((one) => describe(one, plan.stage)),
    ),
  );
  if (problems.length > 0) throw new TricastError("invalid-option", problems.join("\n"));
}

function describe({ where, seen, why, fix }: Finding, stage: string): string {
  return `${where} is ${seen} in stage ${stage}. ${why} Fix: ${fix}.`;
}
