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

/** A finished image, which every output is written from. */
export interface BuiltImage {
  /** The index, or for one platform its manifest. */
  readonly root: Blob;
  readonly images: readonly PlatformImage[];
}

/** Configs and layers, each once: platforms share the layers that do not depend on the architecture. */
export function imageBlobs({ images }: BuiltImage): Blob[] {
  return distinct(images.flatMap(({ config, layers }) => [config, ...layers]));
}

/** The manifests and the index, each once. */
export function imageManifests({ root, images }: BuiltImage): Blob[] {
  return distinct([...images.map(({ manifest }) => manifest), root]);
}

function distinct(blobs: readonly Blob[]): Blob[] {
  return [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()];
}
