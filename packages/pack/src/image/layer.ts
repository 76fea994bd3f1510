import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TricastError } from "@tricast/core";
import type { FileGroup } from "../files/artefact-file.ts";
import type { Blob } from "./blob.ts";
import type { BlobCache } from "./blob-cache.ts";
import { digestOfStream, hexOf, isDigest } from "./digest.ts";
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

type Fact = Pick<Descriptor, "digest" | "size">;

async function compress(source: AsyncIterable<Uint8Array>, diffId: string, cache: BlobCache, what: string) {
  let fact: Fact = { digest: "", size: 0 };
  const content = await cache.keepFile(async (path) => {
    const plain = createHash("sha256");
    fact = await gzipToFile(hashing(source, plain), path);
    if (`sha256:${plain.digest("hex")}` === diffId) return fact;
    throw new TricastError("invalid-option", `a file of ${what} changed while it was read; build again`);
  });
  await cache.writeFact(factKey(diffId), fact);
  return { fact, content };
}

async function gzipToFile(source: AsyncIterable<Uint8Array>, path: string): Promise<Fact> {
  const hash = createHash("sha256");
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await Promise.all([gzip(source, count), pipeline(count, createWriteStream(path, { flags: "wx", mode: 0o644 }))]);
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function factKey(diffId: string): string {
  return `gzip-${GZIP_LEVEL}-${process.versions.zlib}-${process.arch}-${hexOf(diffId)}`;
}

function isFact(value: unknown): value is Fact {
  const fact = value as Partial<Fact> | undefined;
  return typeof fact === "object" && fact !== null && isDigest(fact.digest) && Number.isSafeInteger(fact.size);
}

function layerDescriptor({ digest, size }: Fact): Descriptor {
  return { mediaType: MEDIA.layerGzip, digest, size };
}
