import type { Blob } from "../blob.ts";
import { oneChunk, readContent, verified } from "../blob.ts";
import { isDigest } from "../digest.ts";
import { isSamePlatform, showPlatform } from "../platform.ts";
import {
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  isIndexType,
  isManifestType,
  ociLayerType,
  type Platform,
} from "../spec.ts";
import { type BaseImage, unreadable, unsuitable } from "./base-image.ts";

/** Gives the blob that a descriptor names, from wherever the image is stored. */
export type Fetch = (descriptor: Descriptor) => Blob | Promise<Blob>;

const MAX_DOCUMENT_BYTES = 4 * 2 ** 20;
const MAX_DEPTH = 4;

/**
 * Follows an index, or nested ones, to the manifest of a platform, and reads its config.
 * @throws {TricastError} `image-base-unsuitable` without an image for the platform, `image-base-unreadable` for documents
 * that do not describe an image.
 */
export async function resolveImage(
  base: string,
  roots: readonly Descriptor[],
  platform: Platform,
  fetch: Fetch,
): Promise<BaseImage> {
  const seen = new Set<string>();
  const found = await findManifests(roots, { base, platform, fetch, seen }, 0);
  const [first] = found;
  if (first === undefined) {
    const has = seen.size === 0 ? "" : `; it has ${[...seen].join(", ")}`;
    throw unsuitable(base, `has no image for ${showPlatform(platform)}${has}`);
  }
  if (new Set(found.map(({ descriptor }) => descriptor.digest)).size > 1) {
    const names = found.map(({ descriptor }) => descriptor.annotations?.["org.opencontainers.image.ref.name"]);
    throw unreadable(base, `it holds ${found.length} images for ${showPlatform(platform)} (${names.join(", ")})`);
  }
  const layers = await Promise.all(first.manifest.layers.map((layer) => fetch(inOciFamily(base, layer))));
  return { config: first.config, layers, digest: first.descriptor.digest };
}

interface Found {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

interface Search {
  readonly base: string;
  readonly platform: Platform;
  readonly fetch: Fetch;
  /** Other platforms that were met. */
  readonly seen: Set<string>;
}

/** The platform that indexes give attestations, which are not images. */
const NO_PLATFORM = "unknown/unknown";

async function findManifests(descriptors: readonly Descriptor[], search: Search, depth: number): Promise<Found[]> {
  const { base, platform, fetch, seen } = search;
  if (depth > MAX_DEPTH) throw unreadable(base, `its indexes are nested more than ${MAX_DEPTH} deep`);
  const found: Found[] = [];
  for (const descriptor of descriptors) {
    if (descriptor.platform !== undefined && !isSamePlatform(descriptor.platform, platform)) {
      const other = showPlatform(descriptor.platform);
      if (other !== NO_PLATFORM) seen.add(other);
      continue;
    }
    const document = await readDocument(base, descriptor, fetch);
    const type = descriptor.mediaType || (document as { mediaType?: string }).mediaType;
    if (isIndexType(type)) {
      const { manifests } = document as ImageIndex;
      found.push(...(await findManifests(manifests, search, depth + 1)));
    } else if (isManifestType(type)) {
      const manifest = document as ImageManifest;
      const config = await readConfig(base, manifest, fetch);
      if (isSamePlatform(config, platform)) found.push({ descriptor, manifest, config });
      else if (descriptors.length === 1) {
        throw unsuitable(base, `is for ${showPlatform(config)}, and ${showPlatform(platform)} is being built`);
      }
    }
  }
  return found;
}

async function readConfig(base: string, manifest: ImageManifest, fetch: Fetch): Promise<ImageConfig> {
  if (!isDigest(manifest.config?.digest) || !Array.isArray(manifest.layers)) {
    throw unreadable(base, "its manifest has no config or no layers");
  }
  const config = (await readDocument(base, manifest.config, fetch)) as ImageConfig;
  if (config.rootfs?.diff_ids?.length === manifest.layers.length) return config;
  throw unreadable(base, "its config does not list one diff_id for each layer of its manifest");
}

async function readDocument(base: string, descriptor: Descriptor, fetch: Fetch): Promise<object> {
  if (!isDigest(descriptor.digest)) throw unreadable(base, `${descriptor.digest} is not a sha256 digest`);
  if (descriptor.size > MAX_DOCUMENT_BYTES) throw unreadable(base, `its ${descriptor.mediaType} is too large`);
  const blob = await fetch(descriptor);
  const chunks: Uint8Array[] = [];
  const content = await readContent(await blob.content());
  for await (const chunk of verified(oneChunk(content), blob.descriptor)) chunks.push(chunk);
  return parseDocument(base, Buffer.concat(chunks), descriptor.mediaType);
}

export function parseDocument(base: string, bytes: Uint8Array, what: string): object {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown;
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw unreadable(base, `its ${what} is not JSON`, cause);
  }
  throw unreadable(base, `its ${what} is not a JSON object`);
}

function inOciFamily(base: string, layer: Descriptor): Descriptor {
  const mediaType = ociLayerType(layer.mediaType);
  if (mediaType === undefined) throw unreadable(base, `a layer of it has the media type ${layer.mediaType}`);
  return { mediaType, digest: layer.digest, size: layer.size };
}
