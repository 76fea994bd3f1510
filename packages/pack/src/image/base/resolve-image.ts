import { buffer } from "node:stream/consumers";
import { type Blob, openBlob } from "../blob.ts";
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

/** Returns the blob of a descriptor from the image's store. */
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
  /** Other platforms in the index. */
  readonly seen: Set<string>;
}

/** The platform of attestations in an index, which are not images. */
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
    const document = (await readDocument(base, descriptor, fetch)) as ImageIndex | ImageManifest;
    const type = descriptor.mediaType || document.mediaType;
    if (isIndexType(type)) {
      found.push(...(await findManifests((document as ImageIndex).manifests, search, depth + 1)));
    } else if (isManifestType(type)) {
      const manifest = document as ImageManifest;
      const config = await readConfig(base, manifest, fetch);
      if (isSamePlatform(config, platform)) found.push({ descriptor, manifest, config });
      else if (descriptors.length === 1) throw wrongPlatform(base, config, platform);
    }
  }
  return found;
}

export function wrongPlatform(base: string, has: Platform, wanted: Platform) {
  return unsuitable(base, `is for ${showPlatform(has)}, and ${showPlatform(wanted)} is being built`);
}

async function readConfig(base: string, manifest: ImageManifest, fetch: Fetch): Promise<ImageConfig> {
  if (!isDigest(manifest.config?.digest) || !Array.isArray(manifest.layers))
    throw unreadable(base, "its manifest has no config or no layers");
  const config = (await readDocument(base, manifest.config, fetch)) as ImageConfig;
  checkDiffIds(base, config, manifest.layers.length);
  return config;
}

/** @throws {TricastError} `image-base-unreadable` */
export function checkDiffIds(base: string, { rootfs }: ImageConfig, layers: number): void {
  if (rootfs?.diff_ids?.length !== layers)
    throw unreadable(base, "its config does not list one diff_id for each layer of its manifest");
}

async function readDocument(base: string, descriptor: Descriptor, fetch: Fetch): Promise<object> {
  if (!isDigest(descriptor.digest)) throw unreadable(base, `${descriptor.digest} is not a sha256 digest`);
  if (descriptor.size > MAX_DOCUMENT_BYTES) throw unreadable(base, `its ${descriptor.mediaType} is too large`);
  return parseDocument(base, await buffer(await openBlob(await fetch(descriptor))), descriptor.mediaType);
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
  if (mediaType === undefined) throw unreadable(base, `the media type ${layer.mediaType} of a layer is unknown`);
  return { mediaType, digest: layer.digest, size: layer.size };
}
