import { join } from "node:path";
import { checkEnvironment, checkLimit, sum } from "./budget/check-budget.ts";
import type { BuildOptions, BuildResult } from "./build.ts";
import { withCodeCache } from "./bundle/code-cache.ts";
import type { Definition } from "./check/read-definition.ts";
import { tryArtefact } from "./check/try-artefact.ts";
import { type Collected, collectGroups } from "./collect-groups.ts";
import type { Arch } from "./files.ts";
import type { BaseFacts, PushReport } from "./image/index.ts";
import { imageFacts, imageRequest, imageRules } from "./image-of-plans.ts";
import { isImage } from "./image-wishes.ts";
import { storesOf } from "./models.ts";
import { fingerprint, sha256 } from "./output/content.ts";
import { sourceDateEpoch } from "./output/epoch.ts";
import { layOutZips, type PlannedZip } from "./output/lay-out-zips.ts";
import { dockerContext, makeImage } from "./output/make-image.ts";
import {
  type BuildManifest,
  type BuiltArtefact,
  type BuiltFile,
  type BuiltImage,
  MANIFEST,
  type OutputEntry,
} from "./output/manifest.ts";
import { type WeighedFile, weighGroups } from "./output/weigh.ts";
import { findUnchanged, jsonOutput, type OutputFile, writeFolder } from "./output/write-folder.ts";
import type { Project } from "./project.ts";
import { renderText, toArea } from "./report/analyze.ts";
import { renderSbom } from "./report/sbom.ts";
import { renderTreemap } from "./report/treemap.ts";
import type { Session } from "./session.ts";
import type { TargetRules } from "./targets/target.ts";
import { zip } from "./zip/zip.ts";

export interface OneBuild {
  readonly project: Project;
  readonly definition: Definition;
  readonly rules: TargetRules;
  readonly arch: Arch;
  /** Absolute. */
  readonly out: string;
  readonly options: BuildOptions;
  readonly session: Session;
  /** Whether its image is part of an index, which is made when every architecture is there. */
  readonly inIndex: boolean;
}

/** Everything that goes into one target for one architecture; nothing is written. */
export function prepareOne(one: OneBuild): Promise<Plan> {
  const { options, rules } = one;
  checkEnvironment(rules.budget, options.environment ?? {}, rules.target);
  return plan(one, options.layers === true);
}

/** Packs, tries and writes what was prepared. */
export async function finishOne(prepared: Plan): Promise<BuildResult> {
  const built = await finish(prepared);
  if (built !== "too large for one zip") return built;
  const second = await finish(await plan(prepared, true));
  if (second === "too large for one zip") throw new Error("layers are not split further");
  return second;
}

export interface Plan extends OneBuild {
  readonly layered: boolean;
  readonly collected: Collected;
  readonly files: readonly WeighedFile[];
  readonly folder: string;
  readonly epoch: number;
  readonly base: BaseFacts | undefined;
}

async function plan(one: OneBuild, layered: boolean): Promise<Plan> {
  const { project, definition, rules, arch, options, out, session } = one;
  const isLayered = layered && rules.hasLayers === true;
  const { format = "cjs", include = [], stores = [], managedInstances, base: given, insecure } = options;
  const base =
    given !== undefined && isImage(rules)
      ? await session.inspectBase(given, arch, { registry: { insecure } })
      : undefined;
  const source = { project, definition, include, stores, managedInstances, session };
  const bare = await collectGroups({ ...source, rules, arch, format, layered: isLayered, base });
  // Running the bundle would ask a store for its model.
  const runsAlone = storesOf(definition).length === 0;
  const hasCodeCache = rules.hasCodeCache === true && format === "cjs" && runsAlone;
  const collected = hasCodeCache ? await withCodeCache(bare, arch) : bare;
  return {
    ...one,
    layered: isLayered,
    collected,
    files: weighGroups(collected.groups),
    folder: join(out, project.name, `${rules.target}-${arch}`),
    epoch: sourceDateEpoch(),
    base,
  };
}

async function finish(plan: Plan): Promise<BuildResult | "too large for one zip"> {
  const { rules, files, folder, options } = plan;
  checkLimit(
    rules.budget.unzippedBytes,
    { what: `${rules.target} unzipped`, amount: sum(files), of: files },
    rules.waysOut(plan.arch),
  );
  const analysis = options.analyze === true ? renderText(areaOf(plan)) : undefined;
  const inputs = inputsOf(plan);
  const isPushed = options.push !== undefined && hasImage(plan);
  const before = isPushed ? undefined : findUnchanged(folder, inputs, plan.epoch);
  if (before !== undefined) return { folder, manifest: before, unchanged: true, analysis, pushed: undefined };
  const packed = rules.zipName === undefined ? [packContext(plan)] : await packZips(plan);
  if (packed === undefined) return "too large for one zip";
  const tried = await tryArtefact({ ...plan, name: plan.definition.name });
  const { manifest, pushed } = await write(plan, packed, { inputs, tried });
  return { folder, manifest, unchanged: false, analysis, pushed };
}

/** Whether the folder gets an image of its own. */
function hasImage({ base, inIndex }: Plan): boolean {
  return base !== undefined && !inIndex;
}

function areaOf({ rules, arch, project, files, collected }: Plan) {
  return toArea(
    `${project.name} for ${rules.target} on ${arch}`,
    files,
    collected.bundleFile,
    collected.bundle,
    project.root,
  );
}

/** Everything that can change a byte of the output. */
function inputsOf(plan: Plan): string {
  const { rules, arch, layered, epoch, files, options, collected, definition, base } = plan;
  const { format = "cjs", analyze = false, upload = "direct" } = options;
  const facts = {
    schema: 1,
    zlib: process.versions.zlib,
    setting: [rules.target, arch, format, layered, epoch, analyze, upload],
    base: base?.reference,
    image: hasImage(plan) ? imageFacts([plan]) : undefined,
    predictor: [definition.name, definition.version, definition.description, collected.models],
    map: sha256(collected.bundle.map),
    packages: collected.packages.map(({ name, version, manifest }) => [name, version, manifest.license]),
    warnings: collected.warnings,
    files: files.map(({ path, sha256, executable, group, origin }) => [
      path,
      sha256,
      executable === true,
      group,
      origin,
    ]),
  };
  return `sha256:${sha256(JSON.stringify(facts))}`;
}

interface Packed {
  readonly artefact: BuiltArtefact;
  readonly outputs: readonly OutputFile[];
}

const AS_LAYERS = "--layers: runtime and model become zips of their own, which functions share";
const THROUGH_BUCKET = "--upload s3, where the zip goes through a bucket: only the unzipped size counts then";

/** `undefined` where one zip is too large to be uploaded, and layers may be tried. */
async function packZips(plan: Plan): Promise<readonly Packed[] | undefined> {
  const { rules, layered, files, epoch, options } = plan;
  const zips = layOutZips(files, rules.zipName ?? "", layered);
  const layers = zips.filter(({ kind }) => kind !== "function").length;
  checkLimit(
    rules.budget.layers,
    { what: `${rules.target}: layers`, amount: layers, of: [] },
    rules.waysOut(plan.arch),
  );
  const packed: Packed[] = [];
  for (const planned of zips) {
    const content = await zip(planned.files, epoch);
    const limit = options.upload === "s3" && rules.hasLayers === true ? undefined : rules.budget.zippedBytes;
    const mayLayer = rules.hasLayers === true && !layered && options.layers === undefined && hasShareable(files);
    if (limit !== undefined && content.length > limit.most && mayLayer) return undefined;
    const what = `${planned.name} of ${rules.target}, zipped`;
    checkLimit(limit, { what, amount: content.length, of: planned.files }, [
      ...rules.waysOut(plan.arch),
      ...(rules.hasLayers === true ? [...(layered ? [] : [AS_LAYERS]), THROUGH_BUCKET] : []),
    ]);
    packed.push({
      artefact: describeZip(planned, content.length),
      outputs: [{ path: planned.name, content: { bytes: content } }],
    });
  }
  return packed;
}

function hasShareable(files: readonly WeighedFile[]): boolean {
  return files.some(({ group }) => group === "runtime" || group === "model");
}

function describeZip({ name, kind, files }: PlannedZip, bytes: number): BuiltArtefact {
  return { file: name, kind, bytes, unzippedBytes: sum(files), files: files.map(toBuilt) };
}

/** What Docker builds the image from. */
function packContext(plan: Plan): Packed {
  const { files, collected, arch, base } = plan;
  const bytes = sum(files);
  return {
    artefact: { file: "Dockerfile", kind: "docker-context", bytes, unzippedBytes: bytes, files: files.map(toBuilt) },
    outputs: dockerContext({ groups: collected.groups, arch, image: imageRules(plan), base: base?.reference }, files),
  };
}

function toBuilt({ path, bytes, sha256, group, origin }: WeighedFile): BuiltFile {
  return { path, bytes, sha256, group, origin };
}

interface Findings {
  readonly inputs: string;
  readonly tried: string;
}

interface Written {
  readonly manifest: BuildManifest;
  readonly pushed: PushReport | undefined;
}

function write(plan: Plan, packed: readonly Packed[], findings: Findings): Promise<Written> {
  return writeFolder(plan.folder, plan.epoch, async (next) => {
    const { collected, options } = plan;
    const made = hasImage(plan) ? await makeImage(imageRequest([plan]), next) : undefined;
    const outputs: OutputFile[] = [
      ...packed.flatMap((one) => one.outputs),
      { path: `${collected.bundleFile}.map`, content: { bytes: collected.bundle.map } },
      { path: "sbom.cdx.json", content: { bytes: Buffer.from(sbomOf(plan)) } },
      ...(options.analyze === true
        ? [{ path: "analysis.html", content: { bytes: Buffer.from(renderTreemap(areaOf(plan))) } }]
        : []),
    ];
    const entries = [
      ...outputs.map(({ path, content }) => ({ file: path, ...fingerprint(content) })),
      ...(made?.outputs ?? []),
    ];
    const manifest = describeBuild(plan, packed, entries, { ...findings, image: made?.image });
    return { files: [...outputs, jsonOutput(MANIFEST, manifest)], value: { manifest, pushed: made?.pushed } };
  });
}

function describeBuild(
  { rules, arch, definition, collected, options }: Plan,
  packed: readonly Packed[],
  outputs: readonly OutputEntry[],
  { inputs, tried, image }: Findings & { readonly image: BuiltImage | undefined },
): BuildManifest {
  return {
    schema: 1,
    predictor: definition.name,
    version: definition.version,
    target: rules.target,
    arch,
    format: options.format ?? "cjs",
    settings: rules.settings({ main: collected.main, name: definition.name, arch }),
    artefacts: packed.map(({ artefact }) => artefact),
    models: collected.models,
    image,
    tried,
    warnings: collected.warnings,
    zlib: process.versions.zlib,
    inputs,
    outputs,
  };
}

function sbomOf({ definition, rules, collected, files }: Plan): string {
  const { runtime, packages } = collected;
  return renderSbom({
    name: definition.name,
    version: definition.version,
    description: definition.description,
    target: rules.target,
    packages,
    runtime:
      runtime === undefined ? undefined : { package: runtime, files: files.filter(({ group }) => group === "runtime") },
    models: files.filter(({ group }) => group === "model"),
  });
}
