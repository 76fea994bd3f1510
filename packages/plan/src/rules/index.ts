import type { ResolvedPlan } from "../resolved-plan.ts";
import { AUTHENTICATION_RULES } from "./authentication.ts";
import { CONTAINER_RULES } from "./container.ts";
import { ENDPOINT_RULES } from "./endpoint.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";
import { OPERATION_RULES } from "./operation.ts";
import { PACKAGE_RULES } from "./package.ts";
import { PING_RULES } from "./ping.ts";
import type { Finding, Rule } from "./rule.ts";
import { SIZE_RULES } from "./size.ts";
import { WARM_RULES } from "./warm.ts";

export interface RuleGroup {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** Every rule, in groups for the reference. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  { title: "Size of an instance", rules: SIZE_RULES },
  { title: "Instances kept warm", rules: WARM_RULES },
  { title: "Pings", rules: PING_RULES },
  { title: "Endpoint", rules: ENDPOINT_RULES },
  { title: "Authentication", rules: AUTHENTICATION_RULES },
  { title: "Package and model", rules: PACKAGE_RULES },
  { title: "Environment and secrets", rules: ENVIRONMENT_RULES },
  { title: "Operation", rules: OPERATION_RULES },
  { title: "Containers", rules: CONTAINER_RULES },
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);

/** Every part of a plan that fails in the cloud or has a disadvantage there. Errors come first. */
export function checkPlan(plan: ResolvedPlan): readonly Finding[] {
  const findings = RULES.flatMap((rule) => rule.check(plan));
  const { error = [], warning = [] } = Object.groupBy(findings, ({ severity }) => severity);
  return [...error, ...warning];
}

export function isError({ severity }: Finding): boolean {
  return severity === "error";
}
