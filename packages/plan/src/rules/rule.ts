import type { ContainerTargetName, TargetName } from "../config.ts";
import { SECRET_STORES, storeOf } from "../facts/secrets.ts";
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
export function functionRule({ targets, look, ...words }: FunctionRule): Rule {
  return rule(words, (plan) =>
    targetsOf(plan)
      .filter(({ target }) => targets === undefined || targets.includes(target))
      .flatMap((target) =>
        target.functions.map((fn) => [[target.target, fn.predictor], look(fn, { plan, target })] as const),
      ),
  );
}

type Violations = Violation | readonly Violation[] | undefined;

/** @param look the path of each place that was looked at, with what is wrong there. */
function rule(
  { severity = "error", ...words }: RuleWords,
  look: (plan: ResolvedPlan) => readonly (readonly [path: readonly string[], Violations])[],
): Rule {
  const { name, why } = words;
  const toFinding = (path: readonly string[], { field, seen, fix }: Violation): Finding => {
    const where = [...path, field].filter(Boolean).join(".");
    return { rule: name, severity, where, seen, why, fix };
  };
  return {
    ...words,
    severity,
    check: (plan) => look(plan).flatMap(([path, found]) => [found ?? []].flat().map((one) => toFinding(path, one))),
  };
}

export interface TargetRule<T extends TargetName> extends RuleWords {
  readonly target: T;
  readonly look: (target: NonNullable<ResolvedPlan[T]>, plan: ResolvedPlan) => Violations;
}

/** A rule that looks at a target with all its functions. */
export function targetRule<T extends TargetName>({ target, look, ...words }: TargetRule<T>): Rule {
  return rule(words, (plan) => {
    const found = plan[target];
    return found === undefined ? [] : [[[target], look(found as NonNullable<ResolvedPlan[T]>, plan)]];
  });
}

export interface ContainerRule extends RuleWords {
  /** Default: all. */
  readonly targets?: readonly ContainerTargetName[];
  readonly look: (container: ResolvedContainer, plan: ResolvedPlan) => Violations;
}

/** A rule that looks at one container at a time. */
export function containerRule({ targets, look, ...words }: ContainerRule): Rule {
  return rule(words, (plan) =>
    containerTargetsOf(plan)
      .filter(({ target }) => targets === undefined || targets.includes(target))
      .flatMap(({ target, containers }) =>
        containers.map((container) => [[target, container.predictor], look(container, plan)] as const),
      ),
  );
}

export interface SiteRule extends RuleWords {
  readonly look: (sites: readonly ResolvedSite[]) => Violations;
}

/** A rule that looks at the sites of nginx. */
export function siteRule({ look, ...words }: SiteRule): Rule {
  return rule(words, ({ nginx }) => [[["nginx"], look(nginx?.sites ?? [])]]);
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

/** Secrets in a store that the platform does not read. @param none the fix where it reads no store at all. */
export function foreignSecrets(
  { target, secrets }: Pick<ResolvedFunction | ResolvedContainer, "target" | "secrets">,
  none = "",
): readonly Violation[] {
  const stores = SECRET_STORES[target];
  const fix = stores.length > 0 ? `use ${stores.join(" or ")} here, under targets.${target}` : none;
  return Object.entries(secrets)
    .map(([name, reference]) => ({ field: `secrets.${name}`, seen: storeOf(reference), fix }))
    .filter(({ seen }) => !stores.includes(seen));
}
