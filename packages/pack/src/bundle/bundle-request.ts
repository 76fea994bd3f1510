import { join } from "node:path";
import { invalidOption, missingDependency, missingExport } from "../errors.ts";
import { bindingPaths } from "../native/runtime-files.ts";
import { type Project, sourceFile } from "../project/find-project.ts";
import { findPackage } from "../project/installed-packages.ts";
import type { TargetRules } from "../targets/target-rules.ts";
import type { Target } from "../targets/targets.ts";
import type { BundleRequest } from "./bundle.ts";
import type { Format } from "./format.ts";

/** A target and the options that its bundle depends on. */
export interface BundleFor {
  readonly project: Project;
  readonly target: Target;
  readonly rules: TargetRules;
  readonly format: Format;
  /** Whether the runtime lies in a layer, with the place beside the bundle as second choice. */
  readonly layered: boolean;
  /** For Lambda Managed Instances, whose instances serve several requests at a time. */
  readonly managedInstances: boolean;
}

/**
 * What to bundle for a target.
 * @throws {TricastError} `invalid-option` for a format that the target does not take; `missing-export` where it has no
 * handler file; `missing-dependency` where it needs none and the package that it would import is not installed.
 */
export function bundleRequest(given: BundleFor, predictor: Pick<BundleRequest, "stores" | "hasCode">): BundleRequest {
  const { project, rules, format, layered, managedInstances } = given;
  checkFormat(given);
  return {
    ...findEntry(given),
    root: project.root,
    format,
    external: rules.external,
    binding: bindingPaths(layered),
    oneAtATime: rules.oneAtATime === true && !managedInstances,
    ...predictor,
  };
}

/** Whether the folder has what the target begins with. */
export function hasEntry(folder: string, { entries, generated }: TargetRules): boolean {
  if (entries.some((name) => sourceFile(folder, name) !== undefined)) return true;
  return generated !== undefined && findPackage(generated.package, folder) !== undefined;
}

function checkFormat({ target, rules: { formats, formatRule }, format }: BundleFor): void {
  if (formats.includes(format)) return;
  throw invalidOption(`format is "${format}"; ${target} takes "${formats.join('" or "')}" only: ${formatRule}`);
}

function findEntry({ project, target, rules }: BundleFor): Pick<BundleRequest, "entry" | "source"> {
  const { folder, predictFile, root } = project;
  const { entries, entryExample, generated } = rules;
  const found = entries.map((name) => sourceFile(folder, name)).find((file) => file !== undefined);
  if (found !== undefined) return { entry: found };
  if (generated === undefined)
    throw missingExport(
      `${folder} has no ${entries.join(".ts or ")}.ts, which ${target} begins with; write it: ${entryExample}`,
    );
  if (findPackage(generated.package, folder) === undefined)
    throw missingDependency(
      `${generated.package}, which ${target} begins with, is not installed in ${root}; run: npm install ${generated.package}`,
    );
  return { entry: join(folder, `${entries[0]}.ts`), source: generated.entry(predictFile) };
}
