import { type Blob, readContent } from "../blob.ts";
import { type BuiltImage, imageBlobs } from "../built-image.ts";
import { eachOf } from "../concurrency.ts";
import type { Descriptor } from "../spec.ts";
import { openRepository, type RegistryOptions, type Repository } from "./client.ts";
import { type Reference, showReference } from "./reference.ts";

/** The result of a push. */
export interface PushReport {
  /** The reference to deploy, with the digest. */
  readonly reference: string;
  readonly uploaded: readonly Descriptor[];
  /** Mounted from another repository of the registry. */
  readonly mounted: readonly Descriptor[];
  /** In the repository before the push. */
  readonly existing: readonly Descriptor[];
}

/** Uploads at once: enough to hide the latency of a registry. */
const PARALLEL = 4;

/**
 * Uploads an image: the blobs that the registry lacks, then the manifests by digest, then the tag. The tag never points to
 * an incomplete image.
 * @throws {TricastError} `registry-denied`, `registry-unavailable`
 */
export async function pushImage(
  image: BuiltImage,
  reference: Reference,
  options: RegistryOptions = {},
): Promise<PushReport> {
  const repository = openRepository(reference.registry, reference.repository, options);
  const report: Record<Outcome, Descriptor[]> = { uploaded: [], mounted: [], existing: [] };
  await eachOf(imageBlobs(image), PARALLEL, async (blob) => {
    report[await pushBlob(repository, blob)].push(blob.descriptor);
  });
  for (const { manifest } of image.images) await putManifest(repository, manifest);
  await putManifest(repository, image.root, image.root.descriptor.digest);
  if (reference.tag !== undefined) await putManifest(repository, image.root, reference.tag);
  const { digest } = image.root.descriptor;
  return { reference: showReference({ ...reference, tag: undefined, digest }), ...report };
}

type Outcome = "uploaded" | "mounted" | "existing";

async function pushBlob(repository: Repository, blob: Blob): Promise<Outcome> {
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
