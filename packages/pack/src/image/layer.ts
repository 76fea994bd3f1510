import { invalidOption } from "../errors.ts";
import type { FileGroup } from "../files/artefact-file.ts";
import { type Blob, writeNewFile } from "./blob.ts";
import type { BlobCache } from "./blob-cache.ts";
import { digestOfStream, hexOf, isDigest, type Sum, summer } from "./digest.ts";
import { GZIP_LEVEL, gzip } from "./gzip.ts";
import { type LayerOptions, layerMembers } from "./layer-members.ts";
import { MEDIA } from "./spec.ts";
import { writeTar } from "./tar/write-tar.ts";

export interface Layer {
  readonly blob: Blob;
  /** The digest of the uncompressed tar. It is reproducible with any zlib. */
  readonly diffId: string;
}

/** The order in an image, from the group that changes least to the one that changes most. */
export const LAYER_ORDER: readonly FileGroup["name"][] = ["runtime", "model", "dependencies", "handler"];

export function inLayerOrder(groups: readonly FileGroup[]): FileGroup[] {
  return groups
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => LAYER_ORDER.indexOf(a.name) - LAYER_ORDER.indexOf(b.name));
}

/** One layer with a group's files. A tar that this version of zlib compressed before is not compressed again. */
export async function buildLayer(group: FileGroup, options: LayerOptions, cache: BlobCache): Promise<Layer> {
  const members = await layerMembers(group.files, options);
  return compressLayer(() => writeTar(members), cache, `the ${group.name} layer`);
}

type OpenTar = () => AsyncIterable<Uint8Array>;

/** @param open starts the tar again at each call: it is read once for its digest and once to compress it. */
export async function compressLayer(open: OpenTar, cache: BlobCache, what: string): Promise<Layer> {
  const { digest: diffId } = await digestOfStream(open());
  return cache.join(diffId, () => findOrCompress(open, diffId, cache, what));
}

async function findOrCompress(open: OpenTar, diffId: string, cache: BlobCache, what: string): Promise<Layer> {
  const known = await cache.readFact(factKey(diffId));
  const found = isSum(known) ? await cache.find(known) : undefined;
  const kept = found ?? (await compress(open(), diffId, cache, what));
  const descriptor = { mediaType: MEDIA.layerGzip, digest: kept.digest, size: kept.size };
  return { diffId, blob: { descriptor, content: async () => kept } };
}

async function compress(source: AsyncIterable<Uint8Array>, diffId: string, cache: BlobCache, what: string) {
  const kept = await cache.keepFile(async (path) => {
    const [plain, zipped] = [summer(), summer()];
    await writeNewFile(path, zipped.pass(gzip(plain.pass(source))));
    if (plain.sum().digest === diffId) return zipped.sum();
    throw invalidOption(`a file of ${what} changed while it was read; build again`);
  });
  const { digest, size } = kept;
  await cache.writeFact(factKey(diffId), { digest, size });
  return kept;
}

function factKey(diffId: string): string {
  return `gzip-${GZIP_LEVEL}-${process.versions.zlib}-${process.arch}-${hexOf(diffId)}`;
}

function isSum(value: unknown): value is Sum {
  const fact = value as Partial<Sum> | undefined;
  return typeof fact === "object" && fact !== null && isDigest(fact.digest) && Number.isSafeInteger(fact.size);
}
