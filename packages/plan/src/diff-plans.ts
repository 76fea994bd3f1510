import { containerTargetsOf, targetsOf } from "./facts/targets.ts";
import type { ResolvedPlan } from "./resolved-plan.ts";

/** One value that differs between two plans. */
export interface PlanChange {
  /** `aws.iris.warm.min`. */
  readonly path: string;
  /** `undefined`: the plan has no such value. */
  readonly before: unknown;
  readonly after: unknown;
}

/** The changes from one plan to another, in the order of the plans, without measurements. */
export function diffPlans(before: ResolvedPlan, after: ResolvedPlan): readonly PlanChange[] {
  const left = leavesOf(before);
  const right = leavesOf(after);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => JSON.stringify(left.get(path)) !== JSON.stringify(right.get(path)))
    .map((path) => ({ path, before: left.get(path), after: right.get(path) }));
}

type Leaves = ReadonlyMap<string, unknown>;

function leavesOf(plan: ResolvedPlan): Leaves {
  const leaves = new Map<string, unknown>();
  for (const { functions, target, ...settings } of targetsOf(plan)) {
    collect(target, settings, leaves);
    for (const { measured, ...fn } of functions) collectOne(target, fn, leaves);
  }
  for (const { containers, target, ...settings } of containerTargetsOf(plan)) {
    collect(target, settings, leaves);
    for (const container of containers) collectOne(target, container, leaves);
  }
  for (const site of plan.nginx?.sites ?? []) collectOne("nginx", site, leaves);
  return leaves;
}

function collectOne(target: string, one: { readonly predictor: string }, leaves: Map<string, unknown>): void {
  const { predictor, ...settings } = one;
  collect(`${target}.${predictor}`, { ...settings, target: undefined }, leaves);
}

/** Collects the members of objects. Any other value, also an array, is one value. */
function collect(path: string, value: unknown, leaves: Map<string, unknown>): void {
  const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isBranch) {
    if (value !== undefined) leaves.set(path, value);
    return;
  }
  for (const [key, member] of Object.entries(value)) collect(`${path}.${key}`, member, leaves);
}
