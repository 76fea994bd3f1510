import { join } from "node:path";
import { invalidOption, missingExport } from "../errors.ts";
import { bindingPaths } from "../native/runtime-files.ts";
import { type Project, sourceFile } from "../project/find-project.ts";
import { findPackage, requirePackage } from "../project/installed-packages.ts";
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
  /** Whether the runtime is in a layer. The second choice is the folder beside the bundle. */
  readonly layered: boolean;
  /** Whether the target is Lambda Managed Instances, whose instances serve several requests at a time. */
  readonly managedInstances: boolean;
}

/**
 * The request for the bundle of a target.
 * @throws {TricastError} `invalid-option` for a format that the target does not take; `missing-export` without a handler
 * file; `missing-dependency` where the build makes the handler file and the package that it imports is not installed.
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

/** Whether the folder has a handler file for the target, or the build can make one. */
export function hasEntry(folder: string, { entry, generated }: TargetRules): boolean {
  if (sourceFile(folder, entry) !== undefined) return true;
  return generated !== undefined && findPackage(generated.package, folder) !== undefined;
}

function checkFormat({ target, rules: { formats, formatRule }, format }: BundleFor): void {
  if (formats.includes(format)) return;
  throw invalidOption(`format is "${format}"; ${target} takes "${formats.join('" or "')}" only: ${formatRule}`);
}

function findEntry({ project, target, rules }: BundleFor): Pick<BundleRequest, "entry" | "source"> {
  const { folder, predictFile, root } = project;
  const { entry, entryExample, generated } = rules;
  const found = sourceFile(folder, entry);
  if (found !== undefined) return { entry: found };
  if (generated === undefined)
    throw missingExport(`${folder} has no ${entry}.ts, the entry of ${target}; write it: ${entryExample}`);
  const { package: name } = generated;
  const message = `${name}, which the entry of ${target} imports, is not installed in ${root}; run: npm install ${name}`;
  requirePackage(name, folder, message);
  return { entry: join(folder, `${entry}.ts`), source: generated.entry(predictFile) };
}
