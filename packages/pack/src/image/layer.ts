import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { TricastError } from "@tricast/core";
import type { FileGroup } from "../files/artefact-file.ts";
import type { Blob } from "./blob.ts";
import type { BlobCache } from "./blob-cache.ts";
import { digestOfStream, hexOf, isDigest, NO_SUM, type Sum, summed } from "./digest.ts";
import { GZIP_LEVEL, gzip } from "./gzip.ts";
import { type LayerOptions, layerMembers } from "./layer-members.ts";
import { type Descriptor, MEDIA } from "./spec.ts";
import { writeTar } from "./tar/write-tar.ts";

export interface Layer {
  readonly blob: Blob;
  /** The digest of the uncompressed tar: what reproducible means, whichever zlib compressed it. */
  readonly diffId: string;
}

/** The order in an image, from what changes least to what changes most. */
export const LAYER_ORDER: readonly FileGroup["name"][] = ["runtime", "model", "dependencies", "handler"];

export function inLayerOrder(groups: readonly FileGroup[]): FileGroup[] {
  return [...groups]
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => LAYER_ORDER.indexOf(a.name) - LAYER_ORDER.indexOf(b.name));
}

/** One layer of a group's files. A tar that was compressed before, by this version of zlib, is not compressed again. */
export async function buildLayer(group: FileGroup, options: LayerOptions, cache: BlobCache): Promise<Layer> {
  const members = await layerMembers(group.files, options);
  return compressLayer(() => writeTar(members), cache, `the ${group.name} layer`);
}

/** @param open begins the tar again at each call: it is read once for its digest and once to compress it. */
export async function compressLayer(
  open: () => AsyncIterable<Uint8Array>,
  cache: BlobCache,
  what: string,
): Promise<Layer> {
  const { digest: diffId } = await digestOfStream(open());
  return cache.join(diffId, () => findOrCompress(open, diffId, cache, what));
}

async function findOrCompress(
  open: () => AsyncIterable<Uint8Array>,
  diffId: string,
  cache: BlobCache,
  what: string,
): Promise<Layer> {
  const known = await cache.readFact(factKey(diffId));
  const found = isFact(known) ? await cache.find(known) : undefined;
  if (isFact(known) && found !== undefined) {
    return { diffId, blob: { descriptor: layerDescriptor(known), content: async () => found } };
  }
  const { fact, content } = await compress(open(), diffId, cache, what);
  return { diffId, blob: { descriptor: layerDescriptor(fact), content: async () => content } };
}

async function compress(source: AsyncIterable<Uint8Array>, diffId: string, cache: BlobCache, what: string) {
  let [plain, fact]: [Sum, Sum] = [NO_SUM, NO_SUM];
  const content = await cache.keepFile(async (path) => {
    const tar = summed(source, (sum) => {
      plain = sum;
    });
    const layer = summed(gzip(tar), (sum) => {
      fact = sum;
    });
    await pipeline(layer, createWriteStream(path, { flags: "wx", mode: 0o644 }));
    if (plain.digest === diffId) return fact;
    throw new TricastError("invalid-option", `a file of ${what} changed while it was read; build again`);
  });
  await cache.writeFact(factKey(diffId), fact);
  return { fact, content };
}

function factKey(diffId: string): string {
  return `gzip-${GZIP_LEVEL}-${process.versions.zlib}-${process.arch}-${hexOf(diffId)}`;
}

function isFact(value: unknown): value is Sum {
  const fact = value as Partial<Sum> | undefined;
  return typeof fact === "object" && fact !== null && isDigest(fact.digest) && Number.isSafeInteger(fact.size);
}

function layerDescriptor({ digest, size }: Sum): Descriptor {
  return { mediaType: MEDIA.layerGzip, digest, size };
}
