import { checkLimit, sum } from "../budget/check-budget.ts";
import type { BuildResult } from "../build-options.ts";
import { tryArtefact } from "../check/try-artefact.ts";
import { jsonContent, textContent } from "../files/artefact-file.ts";
import { fingerprint, sha256 } from "../files/content.ts";
import { type PreparedBuild, prepareBuild } from "../prepare/prepare-build.ts";
import { type Area, renderText, toArea } from "../report/analysis.ts";
import { renderPage } from "../report/analysis-page.ts";
import { toSbom } from "../report/sbom.ts";
import { describeBuild } from "./describe-build.ts";
import { imageFacts, makeImage } from "./make-image.ts";
import { MANIFEST } from "./manifest.ts";
import { type PackedArtefact, packArtefacts } from "./pack-artefacts.ts";
import { findUnchanged, type OutputFile, writeFolder } from "./write-folder.ts";

/** Packs a prepared build, tries it and writes its folder, unless the folder is up to date. */
export async function writeBuild(build: PreparedBuild): Promise<BuildResult> {
  const { target, rules, arch, files, folder, options, epoch } = build;
  const whole = { what: `${target} unzipped`, amount: sum(files), of: files };
  checkLimit(rules.budget.unzippedBytes, whole, rules.waysOut(arch));
  const area = options.analyze ? areaOf(build) : undefined;
  const analysis = area === undefined ? undefined : renderText(area);
  const inputs = inputsOf(build);
  const isPushed = options.push !== undefined && hasImage(build);
  const before = isPushed ? undefined : findUnchanged(folder, inputs, epoch);
  if (before !== undefined) return { folder, manifest: before, unchanged: true, analysis, pushed: undefined };
  const packed = await packArtefacts(build);
  if (packed === undefined) return writeBuild(await prepareBuild(build, true));
  const tried = await tryArtefact(build);
  return { ...(await write(build, packed, { inputs, tried, area })), analysis };
}

/** Whether the folder has its own image. */
function hasImage({ base, inIndex }: PreparedBuild): boolean {
  return base !== undefined && !inIndex;
}

function areaOf({ target, arch, project, files, collected }: PreparedBuild): Area {
  const title = `${project.name} for ${target} on ${arch}`;
  return toArea(title, files, { ...collected, root: project.root });
}

/** Digest of all inputs of the output. */
function inputsOf(build: PreparedBuild): string {
  const { target, arch, layered, epoch, files, options, collected, definition, base } = build;
  const { format, analyze, upload } = options;
  const facts = {
    schema: 1,
    zlib: process.versions.zlib,
    setting: [target, arch, format, layered, epoch, analyze, upload],
    base: base?.reference,
    image: hasImage(build) ? imageFacts([build]) : undefined,
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

interface Findings {
  readonly inputs: string;
  readonly tried: string;
  readonly area: Area | undefined;
}

function write(
  build: PreparedBuild,
  packed: readonly PackedArtefact[],
  { inputs, tried, area }: Findings,
): Promise<Omit<BuildResult, "analysis">> {
  const { folder, epoch, arch, collected } = build;
  return writeFolder(folder, epoch, async (next) => {
    const made = hasImage(build) ? await makeImage([build], next) : undefined;
    const files: OutputFile[] = [
      ...packed.flatMap(({ outputs }) => outputs),
      { path: `${collected.bundleFile}.map`, content: { bytes: collected.bundle.map } },
      { path: "sbom.cdx.json", content: jsonContent(sbomOf(build)) },
      ...(area === undefined ? [] : [{ path: "analysis.html", content: textContent(await renderPage(area)) }]),
    ];
    const manifest = describeBuild(build, {
      arch,
      artefacts: packed.map(({ artefact }) => artefact),
      image: made?.image,
      tried,
      warnings: collected.warnings,
      inputs,
      outputs: [
        ...files.map(({ path, content }) => ({ file: path, ...fingerprint(content) })),
        ...(made?.outputs ?? []),
      ],
    });
    return {
      files: [...files, { path: MANIFEST, content: jsonContent(manifest) }],
      value: { folder, manifest, unchanged: false, pushed: made?.pushed },
    };
  });
}

function sbomOf({ definition, target, collected, files }: PreparedBuild): object {
  const { runtime, packages } = collected;
  const ofGroup = (name: string) => files.filter(({ group }) => group === name);
  return toSbom({
    name: definition.name,
    version: definition.version,
    description: definition.description,
    target,
    packages,
    runtime: runtime === undefined ? undefined : { package: runtime, files: ofGroup("runtime") },
    models: ofGroup("model"),
  });
}
