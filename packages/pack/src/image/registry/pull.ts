import { isTricastError } from "@tricast/core";
import { registryUnavailable } from "../../errors.ts";
import { type BaseImage, unreadable } from "../base/base-image.ts";
import { resolveImage } from "../base/resolve-image.ts";
import { type Blob, blobOf } from "../blob.ts";
import type { BlobCache } from "../blob-cache.ts";
import { type Descriptor, isIndexType, isManifestType, type Platform } from "../spec.ts";
import { openRepository, type RegistryOptions, type Repository } from "./client.ts";
import { type Reference, showReference } from "./reference.ts";

export interface PullOptions {
  readonly cache: BlobCache;
  readonly registry: RegistryOptions;
}

/**
 * The image of a platform in a registry. Its manifest and config are fetched now, its layers when they are read: an image
 * that is pushed to the registry of its base needs no layer.
 */
export async function pullImage(reference: Reference, platform: Platform, options: PullOptions): Promise<BaseImage> {
  const repository = openRepository(reference.registry, reference.repository, options.registry);
  const base = showReference(reference);
  const root = await repository.getManifest(reference.digest ?? (reference.tag as string));
  if (root === undefined) throw unreadable(base, "the registry does not have this image; correct its name or tag");
  const image = await resolveImage(base, [root.descriptor], platform, (descriptor) =>
    descriptor.digest === root.descriptor.digest
      ? blobOf(descriptor.mediaType, root.bytes)
      : fetchBlob(base, repository, descriptor, options.cache),
  );
  const name = showReference({ ...reference, digest: undefined });
  return { ...image, name, digest: root.descriptor.digest };
}

async function fetchBlob(base: string, from: Repository, descriptor: Descriptor, cache: BlobCache): Promise<Blob> {
  if (isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)) {
    const found = await from.getManifest(descriptor.digest);
    if (found === undefined) throw unreadable(base, `the registry does not have the manifest ${descriptor.digest}`);
    return blobOf(descriptor.mediaType, found.bytes);
  }
  const origin = { registry: from.registry, repository: from.name };
  const keep = () => cache.keepStream(descriptor, () => from.getBlob(descriptor));
  const fetch = async () => (await cache.find(descriptor)) ?? (await patiently(keep));
  let pending: ReturnType<typeof fetch> | undefined;
  return { descriptor, origin, content: () => (pending ??= fetch()) };
}

const TRIES = 4;

/** Repeats a download that breaks off. The client repeats the request that opens it. */
async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const isKnown = isTricastError(error);
      if (isKnown && (error.code !== "digest-mismatch" || attempt === TRIES)) throw error;
      if (attempt < TRIES) continue;
      throw registryUnavailable(`a blob broke off ${TRIES} times; the last time, ${(error as Error).message}`, error);
    }
  }
}
