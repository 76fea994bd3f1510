import type { Blob } from "./blob.ts";
import type { Platform } from "./spec.ts";

/** One platform's image. */
export interface PlatformImage {
  readonly platform: Platform;
  readonly manifest: Blob;
  readonly config: Blob;
  /** The base's layers, then ours, lowest first. */
  readonly layers: readonly Blob[];
}

/** A finished image, which any output can be written from. */
export interface BuiltImage {
  /** The index, or the one manifest where there is one platform. */
  readonly root: Blob;
  readonly images: readonly PlatformImage[];
}

/** Configs and layers, each once: platforms share the layers that do not depend on the architecture. */
export function imageBlobs({ images }: BuiltImage): Blob[] {
  const blobs = new Map<string, Blob>();
  for (const { config, layers } of images)
    for (const blob of [config, ...layers]) blobs.set(blob.descriptor.digest, blob);
  return [...blobs.values()];
}

/** The manifests and, where there is one, the index, each once. */
export function imageManifests({ root, images }: BuiltImage): Blob[] {
  const manifests = new Map<string, Blob>();
  for (const blob of [...images.map(({ manifest }) => manifest), root]) manifests.set(blob.descriptor.digest, blob);
  return [...manifests.values()];
}
