import type { Blob } from "../blob.ts";
import { readContent } from "../blob.ts";
import { type BuiltImage, imageBlobs } from "../built-image.ts";
import { eachOf } from "../each-of.ts";
import type { Descriptor } from "../spec.ts";
import { openRepository, type RegistryOptions, type Repository } from "./client.ts";
import { type Reference, showReference } from "./reference.ts";

/** What a push did. */
export interface PushReport {
  /** With the digest: what to deploy. */
  readonly reference: string;
  readonly uploaded: readonly Descriptor[];
  /** Taken over from another repository of the registry. */
  readonly mounted: readonly Descriptor[];
  /** There already. */
  readonly existing: readonly Descriptor[];
}

/** Enough to hide the latency of a registry; a line to it is full with fewer. */
const PARALLEL = 4;

/**
 * Uploads an image: the blobs that the registry lacks, then the manifests by digest, then the tag, so that the tag never
 * points to something incomplete.
 * @throws {TricastError} `registry-denied`, `registry-unavailable`
 */
export async function pushImage(
  image: BuiltImage,
  reference: Reference,
  options: RegistryOptions = {},
): Promise<PushReport> {
  const repository = openRepository(reference.registry, reference.repository, options);
  const report = { uploaded: [] as Descriptor[], mounted: [] as Descriptor[], existing: [] as Descriptor[] };
  await eachOf(imageBlobs(image), PARALLEL, async (blob) => {
    report[await pushBlob(repository, blob)].push(blob.descriptor);
  });
  for (const { manifest } of image.images) await putManifest(repository, manifest);
  await putManifest(repository, image.root, image.root.descriptor.digest);
  if (reference.tag !== undefined) await putManifest(repository, image.root, reference.tag);
  const { registry, repository: name } = reference;
  const pushed = showReference({ registry, repository: name, digest: image.root.descriptor.digest });
  return { reference: pushed, ...report };
}

async function pushBlob(repository: Repository, blob: Blob): Promise<"uploaded" | "mounted" | "existing"> {
  const { descriptor, origin } = blob;
  if (await repository.hasBlob(descriptor.digest)) return "existing";
  const isNear = origin !== undefined && origin.registry === repository.registry;
  if (isNear && (await repository.mountBlob(descriptor.digest, origin.repository))) return "mounted";
  await repository.putBlob(blob);
  return "uploaded";
}

async function putManifest(repository: Repository, manifest: Blob, name = manifest.descriptor.digest): Promise<void> {
  await repository.putManifest(name, manifest.descriptor, await readContent(await manifest.content()));
}
