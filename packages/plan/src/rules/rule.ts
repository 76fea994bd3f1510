import type { ContainerTargetName, TargetName } from "../config.ts";
import { containerTargetsOf, targetsOf } from "../facts/targets.ts";
import type {
  ResolvedCloud,
  ResolvedContainer,
  ResolvedFunction,
  ResolvedPlan,
  ResolvedSite,
} from "../resolved-plan.ts";

/** `error`: the cloud refuses it, or it cannot work. `warning`: it works and hurts. */
export type Severity = "error" | "warning";

/** One place of a plan that breaks a rule. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** `aws.iris.memoryMb`: target, predictor, field. */
  readonly where: string;
  /** The value, as a person reads it. */
  readonly seen: string;
  readonly why: string;
  readonly fix: string;
}

/** A mistake that can be seen before anything is deployed. */
export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  /** Why it matters: a sentence or two. */
  readonly why: string;
  /** Where the vendor says so. */
  readonly source: string;
  check(plan: ResolvedPlan): readonly Finding[];
}

/** One violation of a rule. */
export interface Violation {
  /** Of the function: `memoryMb`. Empty for the function as a whole. */
  readonly field: string;
  readonly seen: string;
  readonly fix: string;
}

/** The plan and the target that a function belongs to. */
export interface RuleContext {
  readonly plan: ResolvedPlan;
  readonly target: ResolvedCloud;
}

interface RuleWords {
  readonly name: string;
  readonly severity?: Severity;
  readonly why: string;
  readonly source: string;
}

export interface FunctionRule extends RuleWords {
  /** Default: all. */
  readonly targets?: readonly TargetName[];
  /** What is wrong with one function: nothing, one thing or several. */
  readonly look: (fn: ResolvedFunction, around: RuleContext) => Violations;
}

/** A rule that looks at one function at a time. */
export function functionRule({ targets, look, severity = "error", ...words }: FunctionRule): Rule {
  return {
    ...words,
    severity,
    check: (plan) =>
      targetsOf(plan)
        .filter(({ target }) => targets === undefined || targets.includes(target))
        .flatMap((target) =>
          target.functions.flatMap((fn) =>
            toFindings({ severity, ...words }, [target.target, fn.predictor], look(fn, { plan, target })),
          ),
        ),
  };
}

type Violations = Violation | readonly Violation[] | undefined;

function toFindings(
  { name, why, severity }: Required<RuleWords>,
  place: readonly string[],
  violations: Violations,
): Finding[] {
  return [violations ?? []].flat().map(({ field, seen, fix }) => ({
    rule: name,
    severity,
    where: [...place, field].filter(Boolean).join("."),
    seen,
    why,
    fix,
  }));
}

export interface TargetRule<T extends TargetName> extends RuleWords {
  readonly target: T;
  readonly look: (target: Extract<ResolvedCloud, { target: T }>, plan: ResolvedPlan) => Violations;
}

/** A rule that looks at a target with all its functions. */
export function targetRule<T extends TargetName>({ target, look, severity = "error", ...words }: TargetRule<T>): Rule {
  return {
    ...words,
    severity,
    check(plan) {
      const found = plan[target] as Extract<ResolvedCloud, { target: T }> | undefined;
      return found === undefined ? [] : toFindings({ severity, ...words }, [target], look(found, plan));
    },
  };
}

export interface ContainerRule extends RuleWords {
  /** Default: all. */
  readonly targets?: readonly ContainerTargetName[];
  readonly look: (container: ResolvedContainer, plan: ResolvedPlan) => Violations;
}

/** A rule that looks at one container at a time. */
export function containerRule({ targets, look, severity = "error", ...words }: ContainerRule): Rule {
  return {
    ...words,
    severity,
    check: (plan) =>
      containerTargetsOf(plan)
        .filter(({ target }) => targets === undefined || targets.includes(target))
        .flatMap(({ target, containers }) =>
          containers.flatMap((container) =>
            toFindings({ severity, ...words }, [target, container.predictor], look(container, plan)),
          ),
        ),
  };
}

export interface SiteRule extends RuleWords {
  readonly look: (sites: readonly ResolvedSite[]) => Violations;
}

/** A rule that looks at the sites of nginx. */
export function siteRule({ look, severity = "error", ...words }: SiteRule): Rule {
  return {
    ...words,
    severity,
    check: ({ nginx }) => toFindings({ severity, ...words }, ["nginx"], look(nginx?.sites ?? [])),
  };
}

/** Names that occur more than once, each with its owners. */
export function repeats<T>(
  all: readonly T[],
  key: (one: T) => string | undefined,
): readonly (readonly [string, T[]])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].filter(([, owners]) => owners.length > 1);
}
