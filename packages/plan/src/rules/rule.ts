import type { ContainerTargetName, TargetName } from "../config.ts";
import { SECRET_STORES, storeOf } from "../facts/secrets.ts";
import { containerTargetsOf, targetsOf } from "../facts/targets.ts";
import type { ResolvedContainer, ResolvedFunction, ResolvedPlan, ResolvedSite } from "../resolved-plan.ts";

/** `error`: the cloud refuses the plan, or the deployment cannot work. `warning`: it works, with a disadvantage. */
export type Severity = "error" | "warning";

/** One place in a plan that breaks a rule. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Target, predictor and field: `aws.iris.memoryMb`. */
  readonly where: string;
  /** The value, as text for people. */
  readonly seen: string;
  readonly why: string;
  readonly fix: string;
}

/** A mistake that can be found before deployment. */
export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  /** Why it matters: one or two sentences. */
  readonly why: string;
  /** Where the vendor documents it. */
  readonly source: string;
  check(plan: ResolvedPlan): readonly Finding[];
}

/** One violation of a rule. */
export interface Violation {
  /** Path inside the function, container or target: `memoryMb`. */
  readonly field: string;
  readonly seen: string;
  readonly fix: string;
}

type Violations = Violation | readonly Violation[] | false | undefined;

export function violation(field: string, seen: string, fix: string): Violation {
  return { field, seen, fix };
}

interface RuleText {
  /** Default `error`. */
  readonly severity?: Severity;
  readonly why: string;
  readonly source: string;
}

/** @param look returns each place it checked, with the violations found there. */
function createRule(
  name: string,
  { severity = "error", ...text }: RuleText,
  look: (plan: ResolvedPlan) => readonly (readonly [place: string, found: Violations])[],
): Rule {
  const toFinding = (place: string, { field, seen, fix }: Violation): Finding => {
    const where = `${place}.${field}`;
    return { rule: name, severity, where, seen, why: text.why, fix };
  };
  return {
    name,
    ...text,
    severity,
    check: (plan) => look(plan).flatMap(([place, found]) => [found || []].flat().map((one) => toFinding(place, one))),
  };
}

/** A rule with the check of one `T`. */
interface RuleOf<T> extends RuleText {
  readonly look: (one: T, plan: ResolvedPlan) => Violations;
}

type Targets<T> = "all" | readonly T[];

function memberRule<T extends ResolvedFunction | ResolvedContainer>(
  name: string,
  targets: Targets<T["target"]>,
  { look, ...text }: RuleOf<T>,
  membersOf: (plan: ResolvedPlan) => readonly T[],
): Rule {
  return createRule(name, text, (plan) =>
    membersOf(plan)
      .filter(({ target }) => targets === "all" || targets.includes(target))
      .map((member) => [`${member.target}.${member.predictor}`, look(member, plan)] as const),
  );
}

/** A rule that checks each function of these targets separately. */
export function functionRule(name: string, targets: Targets<TargetName>, rule: RuleOf<ResolvedFunction>): Rule {
  return memberRule(name, targets, rule, (plan) => targetsOf(plan).flatMap(({ functions }) => functions));
}

/** A rule that checks each container of these targets separately. */
export function containerRule(
  name: string,
  targets: Targets<ContainerTargetName>,
  rule: RuleOf<ResolvedContainer>,
): Rule {
  return memberRule(name, targets, rule, (plan) =>
    containerTargetsOf(plan).flatMap<ResolvedContainer>(({ containers }) => containers),
  );
}

type TargetOf<T extends TargetName> = NonNullable<ResolvedPlan[T]>;

/** A rule that checks a target with all its functions. */
export function targetRule<T extends TargetName>(
  name: string,
  target: T,
  { look, ...text }: RuleOf<TargetOf<T>>,
): Rule {
  return createRule(name, text, (plan) => [[target, plan[target] && look(plan[target] as TargetOf<T>, plan)]]);
}

/** A rule that checks all sites of nginx together. */
export function siteRule(name: string, { look, ...text }: RuleOf<readonly ResolvedSite[]>): Rule {
  return createRule(name, text, (plan) => [["nginx", look(plan.nginx?.sites ?? [], plan)]]);
}

/** Keys that occur more than once, each with its members. */
export function repeats<T>(
  all: readonly T[],
  keyOf: (one: T) => string | undefined,
): readonly (readonly [string, readonly T[]])[] {
  return [...Map.groupBy(all, keyOf)].flatMap(([key, members]) =>
    key !== undefined && members.length > 1 ? [[key, members] as const] : [],
  );
}

/** One violation for each key that several predictors have, at the first of them. */
export function sharedKeys<T extends { readonly predictor: string }>(
  all: readonly T[],
  keyOf: (one: T) => string | undefined,
  field: string,
  fix: string,
): readonly Violation[] {
  return repeats(all, keyOf).map(([key, members]) => {
    const predictors = members.map(({ predictor }) => predictor);
    return violation(`${predictors[0]}.${field}`, `${key} for ${predictors.join(" and ")}`, fix);
  });
}

/** Secrets in a store that the platform does not read. @param none the fix for a platform that does not read a store. */
export function foreignSecrets(
  { target, secrets }: { readonly target: TargetName | ContainerTargetName } & Pick<ResolvedFunction, "secrets">,
  none = "",
): readonly Violation[] {
  const stores = SECRET_STORES[target];
  const fix = stores.length > 0 ? `use ${stores.join(" or ")} under targets.${target}` : none;
  return Object.entries(secrets)
    .map(([name, reference]) => violation(`secrets.${name}`, storeOf(reference), fix))
    .filter(({ seen }) => !stores.some((store) => store === seen));
}
