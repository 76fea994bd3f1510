import type { Bundle } from "../bundle/bundle.ts";
import { type BundleFor, bundleRequest } from "../bundle/bundle-request.ts";
import { filesBeside } from "../bundle/files-beside.ts";
import { type StoreKind, storeKindsOf } from "../bundle/store-kinds.ts";
import { type AbsentFile, absenceWarnings, absentFiles } from "../check/absent-files.ts";
import { invalidOption } from "../errors.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import { findModels, type ModelEntry } from "../models/find-models.ts";
import { systemOf } from "../native/check-elf.ts";
import { nativeParts } from "../native/copy-packages.ts";
import { onnxRuntimeFiles } from "../native/runtime-files.ts";
import type { Session } from "../prepare/session.ts";
import type { Definition } from "../project/definition.ts";
import { dependencyNames, type InstalledPackage } from "../project/installed-packages.ts";
import { noticesFile } from "../report/notices.ts";
import type { Arch } from "../targets/arch.ts";
import type { ArtefactFacts } from "../targets/target-rules.ts";
import type { ArtefactFile, FileGroup } from "./artefact-file.ts";
import { includedFiles } from "./included-files.ts";

export interface CollectRequest extends BundleFor {
  readonly definition: Definition;
  readonly arch: Arch;
  /** Kinds of stores to read models from, in addition to those of the predictor's models. */
  readonly stores: readonly StoreKind[];
  /** More files of the predictor's folder, as globs. */
  readonly include: readonly string[];
  /** The base of an image, where one is set. */
  readonly base: BaseFacts | undefined;
  readonly session: Session;
}

/** All parts of an artefact of one target. Paths are relative to the folder that the code runs in. */
export interface Collected {
  readonly groups: readonly FileGroup[];
  readonly facts: ArtefactFacts;
  /** The file of the bundle. The platform loads it, or loads the file that runs it. */
  readonly bundleFile: string;
  readonly bundle: Bundle;
  readonly models: readonly ModelEntry[];
  readonly warnings: readonly string[];
  /** Files that the bundle looks for beside it and does not find. */
  readonly absent: readonly AbsentFile[];
  /** Third-party packages, bundled or whole. */
  readonly packages: readonly InstalledPackage[];
}

/**
 * The files of an artefact, in groups that change together; nothing is written.
 * @throws {TricastError} `missing-export`, `bundle-failed`, `model-not-found`, `model-invalid`, `missing-dependency`,
 * `wrong-architecture` or `invalid-option`.
 */
export async function collectFiles(request: CollectRequest): Promise<Collected> {
  const { project, definition, rules, arch, base } = request;
  const facts = factsOf(request);
  const stores = [...new Set([...request.stores, ...storeKindsOf(definition.models.map(({ uri }) => uri))])];
  const bundle = await request.session.bundle(bundleRequest(request, { stores, hasCode: definition.hasCode }));
  const system = systemOf(rules.system, arch, base);
  const { runtime } = bundle;
  const native = nativeParts(bundle.native, system, dependencyNames(project.root));
  const extra = (await rules.extraParts?.(facts, system)) ?? { files: [], packages: [] };
  const packages = distinct([...bundle.packages, ...native.packages, ...extra.packages]);
  const models = findModels(definition, project, { arch, version: runtime?.version });
  const notices = noticesFile(runtime === undefined ? packages : [...packages, runtime], bundle.legal);
  const included = includedFiles(request.include, project.folder);
  const [inModules, atTop] = [extra.files.filter(isDependency), extra.files.filter((file) => !isDependency(file))];
  const origin = "your handler and its imports, bundled";
  const code = { path: facts.main, content: { bytes: bundle.code }, origin };
  const groups: readonly FileGroup[] = [
    { name: "runtime", files: runtime === undefined ? [] : onnxRuntimeFiles(runtime, system) },
    { name: "model", files: models.files },
    { name: "dependencies", files: [...native.files, ...inModules] },
    { name: "handler", files: [code, ...atTop, notices, ...withoutModels(included.files, models.files)] },
  ];
  const beside = await filesBeside(bundle, project.root);
  const absent = absentFiles(
    beside,
    groups.flatMap(({ files }) => files),
    project.folder,
  );
  const filled = groups.filter(({ files }) => files.length > 0);
  refuseDoubles(filled);
  return {
    groups: filled,
    facts,
    bundleFile: facts.main,
    bundle,
    models: models.entries,
    warnings: [
      ...bundle.warnings,
      ...models.warnings,
      ...included.warnings,
      ...absenceWarnings(absent, project.folder),
    ],
    absent,
    packages,
  };
}

function factsOf({ project, definition, rules, arch, format, base }: CollectRequest): ArtefactFacts {
  const { name, version } = definition;
  const { root, folder } = project;
  return { name, version, main: rules.mainFile(format), arch, root, folder, base };
}

/** The handler and the files of the platform may bundle the same package. */
function distinct(packages: readonly InstalledPackage[]): InstalledPackage[] {
  return [...new Map(packages.map((one) => [`${one.name}@${one.version}`, one])).values()];
}

function isDependency({ path }: ArtefactFile): boolean {
  return path.startsWith("node_modules/");
}

/** A glob may also match the files of a model. */
function withoutModels(included: readonly ArtefactFile[], models: readonly ArtefactFile[]): ArtefactFile[] {
  const source = ({ content }: ArtefactFile) => ("from" in content ? content.from : undefined);
  return included.filter((file) => !models.some((one) => one.path === file.path && source(one) === source(file)));
}

function refuseDoubles(groups: readonly FileGroup[]): void {
  const seen = new Map<string, ArtefactFile>();
  for (const file of groups.flatMap(({ files }) => files)) {
    const other = seen.get(file.path);
    if (other !== undefined)
      throw invalidOption(
        `two files of the artefact have the path ${file.path} (${other.origin}; ${file.origin}); rename one`,
      );
    seen.set(file.path, file);
  }
}
