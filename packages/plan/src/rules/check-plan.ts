import type { ResolvedPlan } from "../resolved-plan.ts";
import { RULES } from "./index.ts";
import type { Finding } from "./rule.ts";

/** Everything in a plan that would fail or hurt in the cloud, errors first. */
export function checkPlan(plan: ResolvedPlan): readonly Finding[] {
  const findings = RULES.flatMap((rule) => rule.check(plan));
  return [...findings.filter(isError), ...findings.filter((finding) => !isError(finding))];
}

export function isError({ severity }: Finding): boolean {
  return severity === "error";
}
