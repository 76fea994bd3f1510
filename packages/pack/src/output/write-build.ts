import { checkLimit, sum } from "../budget/check-budget.ts";
import type { BuildResult } from "../build-options.ts";
import { refuseAbsentFiles } from "../check/absent-files.ts";
import { tryArtefact } from "../check/try-artefact.ts";
import { jsonContent, textContent } from "../files/artefact-file.ts";
import { fingerprint, sha256 } from "../files/content.ts";
import { digestOf } from "../image/digest.ts";
import { type PreparedBuild, prepareBuild } from "../prepare/prepare-build.ts";
import { type Area, renderText, toArea } from "../report/analysis.ts";
import { renderPage } from "../report/analysis-page.ts";
import { toSbom } from "../report/sbom.ts";
import { describeBuild } from "./describe-build.ts";
import { imageFacts, makeImage } from "./make-image.ts";
import { type PackedArtefact, packArtefacts } from "./pack-artefacts.ts";
import { findUnchanged, type OutputFile, writeFolder } from "./write-folder.ts";

/** Packs a prepared build, tries it and writes its folder, unless the folder is up to date. */
export async function writeBuild(build: PreparedBuild): Promise<BuildResult> {
  const { project, target, rules, arch, files, collected, folder, options, epoch } = build;
  const whole = { what: `${target} unzipped`, amount: sum(files), of: files };
  checkLimit(rules.budget.unzippedBytes, whole, rules.waysOut(arch));
  const title = `${project.name} for ${target} on ${arch}`;
  const area = options.analyze ? toArea(title, files, { ...collected, root: project.root }) : undefined;
  const analysis = area === undefined ? undefined : renderText(area);
  const inputs = inputsOf(build);
  const isPushed = options.push !== undefined && hasImage(build);
  const before = isPushed ? undefined : findUnchanged(folder, inputs, epoch);
  if (before !== undefined) return { folder, manifest: before, unchanged: true, analysis, pushed: undefined };
  const packed = await packArtefacts(build);
  if (packed === undefined) return writeBuild(await prepareBuild(build, true));
  const tried = await tryArtefact(build);
  refuseAbsentFiles(collected.absent, target);
  return { ...(await write(build, packed, { inputs, tried, area })), analysis };
}

/** Whether the folder has its own image. */
function hasImage({ base, inIndex }: PreparedBuild): boolean {
  return base !== undefined && !inIndex;
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
    files: files.map((one) => [one.path, one.sha256, one.executable === true, one.group, one.origin]),
  };
  return digestOf(JSON.stringify(facts));
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
    return { files, manifest, pushed: made?.pushed };
  });
}

function sbomOf({ definition, target, collected, files }: PreparedBuild): object {
  const { bundle, packages } = collected;
  const ofGroup = (name: string) => files.filter(({ group }) => group === name);
  const runtime = bundle.runtime && { package: bundle.runtime, files: ofGroup("runtime") };
  return toSbom({ ...definition, target, packages, runtime, models: ofGroup("model") });
}
