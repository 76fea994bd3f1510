import fs, { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { TricastError } from "@tricast/core";
import type { Bundle, BundleRequest, Format } from "./bundle/bundle.ts";
import type { StoreKind } from "./bundle/store-plugin.ts";
import type { Definition } from "./check/read-definition.ts";
import type { Arch, ArtefactFile, FileGroup } from "./files.ts";
import type { BaseFacts } from "./image/index.ts";
import { findModels, type ModelEntry, storesOf } from "./models.ts";
import { checkElf, type System } from "./native/check-elf.ts";
import { copyPackages } from "./native/copy-packages.ts";
import { readElf } from "./native/elf.ts";
import { recipeFor, runtimeGroup } from "./native/recipe.ts";
import { findPackage, type InstalledPackage } from "./packages.ts";
import { type Project, sourceFile } from "./project.ts";
import { noticesFile } from "./report/notices.ts";
import type { Session } from "./session.ts";
import type { TargetRules } from "./targets/target.ts";

export interface CollectRequest {
  readonly project: Project;
  readonly definition: Definition;
  readonly rules: TargetRules;
  readonly arch: Arch;
  readonly format: Format;
  /** Whether the runtime lies in a layer, with the place beside the bundle as second choice. */
  readonly layered: boolean;
  /** Kinds of stores to read models from, besides those that the predictor's models name. */
  readonly stores: readonly StoreKind[];
  readonly session: Session;
  /** Further files of the predictor's folder, as globs. */
  readonly include: readonly string[];
  /** For Lambda Managed Instances. */
  readonly managedInstances?: boolean | undefined;
  /** What an image is built on, where that is known. */
  readonly base?: BaseFacts | undefined;
}

/** Everything that an artefact of one target is made of. Paths are relative to the folder that the code runs in. */
export interface Collected {
  readonly groups: readonly FileGroup[];
  /** What the platform loads. */
  readonly main: string;
  /** The bundle's own file: `main`, or what `main` runs. */
  readonly bundleFile: string;
  readonly bundle: Bundle;
  readonly models: readonly ModelEntry[];
  readonly warnings: readonly string[];
  readonly runtime: InstalledPackage | undefined;
  /** Third-party packages in it, bundled or whole. */
  readonly packages: readonly InstalledPackage[];
}

/** Where a layer of the runtime is unpacked to. */
export const LAYER_ROOT = "/opt/tricast";
const RUNTIME = recipeFor("onnxruntime-node");
const ADDON = "onnxruntime_binding.node";

/**
 * The files of an artefact, in groups that change together; nothing is written.
 * @throws {TricastError} `missing-export`, `bundle-failed`, `model-not-found`, `model-invalid`, `missing-dependency`,
 * `wrong-architecture` or `invalid-option`, each with what to do.
 */
export async function collectGroups(request: CollectRequest): Promise<Collected> {
  const { project, definition, rules, arch, format, base } = request;
  checkFormat(rules, format);
  const main = rules.mainFile(format);
  const stores = [...new Set([...request.stores, ...storesOf(definition)])];
  const bundled = await request.session.bundle(bundleRequest(request, { stores, hasCode: definition.hasCode }));
  const system = systemOf(request);
  const runtime = bundled.binding?.package;
  const dependencies = dependencyFiles(bundled, system);
  const { name, version } = definition;
  const { root, folder } = project;
  const extra = await rules.extraParts?.({ name, version, main, root, folder, system, base });
  const extraFiles = extra?.files ?? [];
  const packages = distinct([...bundled.packages, ...bundled.native.packages, ...(extra?.packages ?? [])]);
  const models = findModels(definition, project, { arch, runtime: runtime?.version });
  const groups: FileGroup[] = [
    ...(runtime === undefined ? [] : [runtimeFiles(runtime, system)]),
    models.group,
    { name: "dependencies", files: [...dependencies, ...extraFiles.filter(isDependency)] },
    {
      name: "handler",
      files: [
        { path: main, content: { bytes: bundled.code }, origin: "your handler and everything it imports, bundled" },
        ...extraFiles.filter((file) => !isDependency(file)),
        noticesFile(runtime === undefined ? packages : [...packages, runtime], bundled.legal),
        ...includedFiles(request.include, project),
      ],
    },
  ];
  const full = groups.filter(({ files }) => files.length > 0);
  refuseDoubles(full);
  return {
    groups: full,
    main,
    bundleFile: main,
    bundle: bundled,
    models: models.entries,
    warnings: [...bundled.warnings, ...models.warnings],
    runtime,
    packages,
  };
}

/** What is bundled for a target, with what the predictor's definition tells, or what most of them tell. */
export function bundleRequest(
  {
    project,
    rules,
    format,
    layered,
    managedInstances,
  }: Pick<CollectRequest, "project" | "rules" | "format" | "layered" | "managedInstances">,
  { stores, hasCode }: Pick<BundleRequest, "stores" | "hasCode">,
): BundleRequest {
  return {
    ...findEntry(project, rules),
    root: project.root,
    format,
    external: rules.external,
    binding: bindingPaths(layered),
    stores,
    oneAtATime: rules.oneAtATime === true && managedInstances !== true,
    hasCode,
  };
}

/** The handler and what the platform wants beside it may bundle the same package. */
function distinct(packages: readonly InstalledPackage[]): InstalledPackage[] {
  return [...new Map(packages.map((one) => [`${one.name}@${one.version}`, one])).values()];
}

function isDependency({ path }: ArtefactFile): boolean {
  return path.startsWith("node_modules/");
}

function bindingPaths(layered: boolean): readonly [string, ...string[]] {
  const beside = `${RUNTIME.folder}/${ADDON}`;
  return layered ? [`${LAYER_ROOT}/${beside}`, beside] : [beside];
}

function checkFormat({ target, formats, formatRule }: TargetRules, format: Format): void {
  if (formats.includes(format)) return;
  throw new TricastError(
    "invalid-option",
    `format is "${format}"; ${target} takes "${formats.join('" or "')}" only: ${formatRule}`,
  );
}

function findEntry(
  { folder, predictFile, root }: Project,
  { entries, target, entryExample, generated }: TargetRules,
): Pick<BundleRequest, "entry" | "source"> {
  const found = entries.map((name) => sourceFile(folder, name)).find((file) => file !== undefined);
  if (found !== undefined) return { entry: found };
  if (generated === undefined) {
    throw new TricastError(
      "missing-export",
      `${folder} has no ${entries.join(".ts or ")}.ts, which ${target} begins with; write it: ${entryExample}`,
    );
  }
  if (findPackage(generated.package, folder) === undefined) {
    throw new TricastError(
      "missing-dependency",
      `${generated.package}, which ${target} begins with, is not installed in ${root}; run: npm install ${generated.package}`,
    );
  }
  return { entry: join(folder, `${entries[0]}.ts`), source: generated.entry(predictFile) };
}

/** A given base says which C library there is. */
function systemOf({ rules, arch, base }: CollectRequest): System {
  const { name, glibc } = rules.system;
  return base === undefined ? { name, arch, glibc } : { name: `${name} on ${base.given}`, arch, glibc: base.glibc };
}

function runtimeFiles(runtime: InstalledPackage, system: System): FileGroup {
  const group = runtimeGroup(RUNTIME, runtime.folder, runtime.version, system.arch);
  for (const { path, content } of group.files) if ("from" in content) checkNative(content.from, path, system);
  return group;
}

function checkNative(file: string, path: string, system: System): void {
  const elf = readElf(file);
  if (elf === undefined)
    throw new TricastError(
      "wrong-architecture",
      `${path} is no ELF file, and ${system.name} is a Linux; install it for Linux`,
    );
  checkElf(path, elf, system);
}

/** Addons that the project names by path, and packages with native code. */
function dependencyFiles({ native }: Bundle, system: System): ArtefactFile[] {
  const own = native.files.map(({ path, from }): ArtefactFile => {
    checkNative(from, from, system);
    return { path, content: { from }, origin: "an addon that your code loads by its path" };
  });
  return [...own, ...copyPackages(native.packages, system)];
}

function includedFiles(globs: readonly string[], { folder }: Project): ArtefactFile[] {
  return globs.flatMap((glob) => {
    // Not imported by name: on Node 20, which the Serverless Framework may run on, there is none, and packages still build.
    const files = fs.globSync(glob, { cwd: folder }).filter((file) => statSync(join(folder, file)).isFile());
    if (files.length === 0)
      throw new TricastError(
        "invalid-option",
        `include has ${JSON.stringify(glob)}, which matches no file in ${folder}`,
      );
    return files.sort().map((file): ArtefactFile => {
      const path = file.replaceAll("\\", "/");
      if (path.startsWith("..") || !existsSync(join(folder, file))) {
        throw new TricastError("invalid-option", `include has ${JSON.stringify(glob)}, which leads out of ${folder}`);
      }
      return { path, content: { from: join(folder, file) }, origin: `asked for by include ${JSON.stringify(glob)}` };
    });
  });
}

function refuseDoubles(groups: readonly FileGroup[]): void {
  const seen = new Map<string, ArtefactFile>();
  for (const file of groups.flatMap(({ files }) => files)) {
    const other = seen.get(file.path);
    if (other !== undefined) {
      throw new TricastError(
        "invalid-option",
        `two files of the artefact are called ${file.path} (${other.origin}; ${file.origin}); rename one`,
      );
    }
    seen.set(file.path, file);
  }
}
