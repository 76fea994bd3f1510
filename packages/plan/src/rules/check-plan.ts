import type { ResolvedPlan } from "../resolved-plan.ts";
import { RULES } from "./index.ts";
import type { Finding } from "./rule.ts";

/** Every part of a plan that fails in the cloud or has a disadvantage there. Errors come first. */
export function checkPlan(plan: ResolvedPlan): readonly Finding[] {
  const findings = RULES.flatMap((rule) => rule.check(plan));
  const { error = [], warning = [] } = Object.groupBy(findings, ({ severity }) => severity);
  return [...error, ...warning];
}

export function isError({ severity }: Finding): boolean {
  return severity === "error";
}
