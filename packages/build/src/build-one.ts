import { join } from "node:path";
import { checkEnvironment, checkLimit, sum } from "./budget/check-budget.ts";
import type { BuildOptions, BuildResult } from "./build.ts";
import type { Definition } from "./check/read-definition.ts";
import { tryArtefact } from "./check/try-artefact.ts";
import { type Collected, collectGroups } from "./collect-groups.ts";
import type { Arch } from "./files.ts";
import { sourceDateEpoch } from "./output/epoch.ts";
import { layOutZips, type PlannedZip } from "./output/lay-out-zips.ts";
import { type BuildManifest, type BuiltArtefact, type BuiltFile, MANIFEST } from "./output/manifest.ts";
import { sha256, type WeighedFile, weighGroups } from "./output/weigh.ts";
import { findUnchanged, type OutputFile, writeFolder } from "./output/write-folder.ts";
import type { Project } from "./project.ts";
import { renderText, toArea } from "./report/analyze.ts";
import { renderSbom } from "./report/sbom.ts";
import { renderTreemap } from "./report/treemap.ts";
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
}

/** One target for one architecture. */
export async function buildOne(one: OneBuild): Promise<BuildResult> {
  const { options, rules } = one;
  checkEnvironment(rules.budget, options.environment ?? {}, rules.target);
  const first = await plan(one, options.layers === true);
  const built = await finish(first);
  if (built !== "too large for one zip") return built;
  const second = await finish(await plan(one, true));
  if (second === "too large for one zip") throw new Error("layers are not split further");
  return second;
}

interface Plan extends OneBuild {
  readonly layered: boolean;
  readonly collected: Collected;
  readonly files: readonly WeighedFile[];
  readonly folder: string;
  readonly epoch: number;
}

async function plan(one: OneBuild, layered: boolean): Promise<Plan> {
  const { project, definition, rules, arch, options, out } = one;
  const isLayered = layered && rules.hasLayers === true;
  const { format = "cjs", include = [] } = options;
  const collected = await collectGroups({ project, definition, rules, arch, format, layered: isLayered, include });
  return {
    ...one,
    layered: isLayered,
    collected,
    files: weighGroups(collected.groups),
    folder: join(out, project.name, `${rules.target}-${arch}`),
    epoch: sourceDateEpoch(),
  };
}

async function finish(plan: Plan): Promise<BuildResult | "too large for one zip"> {
  const { rules, files, folder, options } = plan;
  checkLimit(
    rules.budget.unzippedBytes,
    { what: `${rules.target} unzipped`, amount: sum(files), of: files },
    rules.waysOut,
  );
  const analysis = options.analyze === true ? renderText(areaOf(plan)) : undefined;
  const inputs = inputsOf(plan);
  const before = findUnchanged(folder, inputs);
  if (before !== undefined) return { folder, manifest: before, unchanged: true, analysis };
  const packed = rules.zipName === undefined ? [unpacked(plan)] : await packZips(plan);
  if (packed === undefined) return "too large for one zip";
  const tried = await tryArtefact({ ...plan, name: plan.definition.name });
  const manifest = await write(plan, packed, { inputs, tried });
  return { folder, manifest, unchanged: false, analysis };
}

function areaOf({ rules, arch, project, files, collected }: Plan) {
  return toArea(
    `${project.name} for ${rules.target} on ${arch}`,
    files,
    collected.main,
    collected.bundle,
    project.root,
  );
}

/** Everything that can change a byte of the output. */
function inputsOf({ rules, arch, layered, epoch, files, options, collected, definition }: Plan): string {
  const { format = "cjs", analyze = false, upload = "direct" } = options;
  const facts = {
    schema: 1,
    zlib: process.versions.zlib,
    setting: [rules.target, arch, format, layered, epoch, analyze, upload],
    predictor: [definition.name, definition.version, definition.description, collected.models],
    map: sha256(collected.bundle.map),
    packages: collected.packages.map(({ name, version, manifest }) => [name, version, manifest.license]),
    warnings: collected.bundle.warnings,
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

/** `undefined` where one zip is too large to be uploaded, and layers may be tried. */
async function packZips(plan: Plan): Promise<readonly Packed[] | undefined> {
  const { rules, layered, files, epoch, options } = plan;
  const zips = layOutZips(files, rules.zipName ?? "", layered);
  const layers = zips.filter(({ kind }) => kind !== "function").length;
  checkLimit(rules.budget.layers, { what: `${rules.target}: layers`, amount: layers, of: [] }, rules.waysOut);
  const packed: Packed[] = [];
  for (const planned of zips) {
    const content = await zip(planned.files, epoch);
    const limit = options.upload === "s3" && rules.hasLayers === true ? undefined : rules.budget.zippedBytes;
    const mayLayer = rules.hasLayers === true && !layered && options.layers === undefined && hasShareable(files);
    if (limit !== undefined && content.length > limit.most && mayLayer) return undefined;
    const what = `${planned.name} of ${rules.target}, zipped`;
    checkLimit(limit, { what, amount: content.length, of: planned.files }, [
      ...rules.waysOut,
      ...(rules.hasLayers === true
        ? ["--upload s3, where the zip goes through a bucket: only the unzipped size counts then"]
        : []),
    ]);
    packed.push({
      artefact: describeZip(planned, content.length),
      outputs: [{ path: planned.name, content }],
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

/** What an image is made of, as a folder. */
const APP = "app";

function unpacked({ files, rules }: Plan): Packed {
  const bytes = sum(files);
  checkLimit(rules.budget.imageBytes, { what: `${rules.target}`, amount: bytes, of: files }, rules.waysOut);
  return {
    artefact: { file: APP, kind: "folder", bytes, unzippedBytes: bytes, files: files.map(toBuilt) },
    outputs: files.map(({ path, content, executable }) => ({ path: `${APP}/${path}`, content, executable })),
  };
}

function toBuilt({ path, bytes, sha256, group, origin }: WeighedFile): BuiltFile {
  return { path, bytes, sha256, group, origin };
}

interface Findings {
  readonly inputs: string;
  readonly tried: string;
}

async function write(plan: Plan, packed: readonly Packed[], { inputs, tried }: Findings): Promise<BuildManifest> {
  const { rules, arch, definition, collected, folder, epoch, options } = plan;
  const outputs: OutputFile[] = [
    ...packed.flatMap((one) => one.outputs),
    { path: `${collected.main}.map`, content: collected.bundle.map },
    { path: "sbom.cdx.json", content: sbomOf(plan) },
    ...(options.analyze === true ? [{ path: "analysis.html", content: renderTreemap(areaOf(plan)) }] : []),
  ];
  const manifest: BuildManifest = {
    schema: 1,
    predictor: definition.name,
    version: definition.version,
    target: rules.target,
    arch,
    format: options.format ?? "cjs",
    settings: rules.settings({ main: collected.main, name: definition.name, arch }),
    artefacts: packed.map(({ artefact }) => artefact),
    models: collected.models,
    tried,
    warnings: collected.bundle.warnings,
    zlib: process.versions.zlib,
    inputs,
    outputs: outputs.map(({ path, content }) => ({
      file: path,
      bytes: Buffer.byteLength(content),
      sha256: sha256(content),
    })),
  };
  const document = { path: MANIFEST, content: `${JSON.stringify(manifest, null, 2)}\n` };
  await writeFolder(folder, [...outputs, document], epoch);
  return manifest;
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
