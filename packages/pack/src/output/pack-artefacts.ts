import { checkLimit, sum } from "../budget/check-budget.ts";
import type { WeighedFile } from "../files/content.ts";
import type { PreparedBuild } from "../prepare/prepare-build.ts";
import { zip } from "../zip/zip.ts";
import { layOutZips, type PlannedZip } from "./lay-out-zips.ts";
import { dockerContext } from "./make-image.ts";
import type { BuiltArtefact } from "./manifest.ts";
import type { OutputFile } from "./write-folder.ts";

/** An artefact and the files of the output folder that it consists of. */
export interface PackedArtefact {
  readonly artefact: BuiltArtefact;
  readonly outputs: readonly OutputFile[];
}

const AS_LAYERS = "--layers: runtime and model become separate zips, which functions share";
const THROUGH_BUCKET = "--upload s3: the zip is deployed from a bucket, and only the unzipped size is limited";

/**
 * The zips of a build, or the folder that Docker builds its image from.
 * @returns `undefined` where one zip is too large for a direct upload, and layers are possible.
 * @throws {TricastError} `over-budget`
 */
export async function packArtefacts(build: PreparedBuild): Promise<readonly PackedArtefact[] | undefined> {
  const { target, rules, arch, layered, files } = build;
  if (rules.zipName === undefined) return [packContext(build)];
  const zips = layOutZips(files, rules.zipName, layered);
  const layers = zips.filter(({ kind }) => kind !== "function").length;
  checkLimit(rules.budget.layers, { what: `${target}: layers`, amount: layers, of: [] }, rules.waysOut(arch));
  const packed: PackedArtefact[] = [];
  for (const planned of zips) {
    const one = await packZip(build, planned);
    if (one === undefined) return undefined;
    packed.push(one);
  }
  return packed;
}

async function packZip(build: PreparedBuild, planned: PlannedZip): Promise<PackedArtefact | undefined> {
  const { target, rules, arch, layered, files, epoch, options } = build;
  const takesLayers = rules.hasLayers === true;
  const content = await zip(planned.files, epoch);
  const limit = options.upload === "s3" && takesLayers ? undefined : rules.budget.zippedBytes;
  const mayLayer = takesLayers && !layered && options.layers === undefined && hasShareable(files);
  if (limit !== undefined && content.length > limit.most && mayLayer) return undefined;
  const what = `${planned.name} of ${target}, zipped`;
  checkLimit(limit, { what, amount: content.length, of: planned.files }, [
    ...rules.waysOut(arch),
    ...(takesLayers ? [...(layered ? [] : [AS_LAYERS]), THROUGH_BUCKET] : []),
  ]);
  return {
    artefact: describe(planned.name, planned.kind, content.length, planned.files),
    outputs: [{ path: planned.name, content: { bytes: content } }],
  };
}

function packContext(build: PreparedBuild): PackedArtefact {
  const { files } = build;
  return { artefact: describe("Dockerfile", "docker-context", sum(files), files), outputs: dockerContext(build) };
}

function hasShareable(files: readonly WeighedFile[]): boolean {
  return files.some(({ group }) => group === "runtime" || group === "model");
}

type Kind = BuiltArtefact["kind"];

function describe(file: string, kind: Kind, bytes: number, files: readonly WeighedFile[]): BuiltArtefact {
  const built = files.map(({ path, bytes, sha256, group, origin }) => ({ path, bytes, sha256, group, origin }));
  return { file, kind, bytes, unzippedBytes: sum(files), files: built };
}
