import { show } from "@tricast/core/adapter";
import type { CompleteOptions } from "../build-options.ts";
import { hasEntry } from "../bundle/bundle-request.ts";
import { invalidOption, missingExport, wrongArchitecture } from "../errors.ts";
import type { Project } from "../project/find-project.ts";
import { ARCHS, type Arch } from "./arch.ts";
import type { TargetRules } from "./target-rules.ts";
import { TARGET_NAMES, TARGETS, type Target } from "./targets.ts";

/** A target and its architectures. */
export interface ChosenTarget {
  readonly target: Target;
  readonly rules: TargetRules;
  readonly archs: readonly Arch[];
}

/**
 * The targets of a build: the named ones, else every target that the folder has a handler file for or that needs none. Each
 * is built for the architectures that it runs on.
 * @throws {TricastError} `invalid-option` for a target or an architecture that does not exist; `missing-export` for a
 * folder without handler files; `wrong-architecture` where a named target does not run on a named architecture.
 */
export function chooseTargets({ targets, archs }: CompleteOptions, { folder }: Project): readonly ChosenTarget[] {
  for (const arch of archs)
    if (!ARCHS.includes(arch)) throw invalidOption(`arch is ${show(arch)}; it must be ${ARCHS.map(show).join(" or ")}`);
  return (targets ?? targetsOf(folder)).map((target) => {
    const rules: TargetRules | undefined = TARGETS[target];
    if (rules === undefined)
      throw invalidOption(`target is ${show(target)}; it must be one of ${TARGET_NAMES.join(", ")}`);
    const [missing] = archs.filter((arch) => !rules.archs.includes(arch));
    if (missing !== undefined && targets !== undefined)
      throw wrongArchitecture(
        `${target} cannot be built for ${missing}: ${rules.archRule}. Build it for ${rules.archs.join(" or ")}`,
      );
    return { target, rules, archs: archs.filter((arch) => rules.archs.includes(arch)) };
  });
}

function targetsOf(folder: string): readonly Target[] {
  const found = TARGET_NAMES.filter((target) => hasEntry(folder, TARGETS[target]));
  if (found.length > 0) return found;
  const names = [...new Set(TARGET_NAMES.map((target) => TARGETS[target].entry))];
  throw missingExport(`${folder} has no handler file; write ${names.map((name) => `${name}.ts`).join(", ")}`);
}
