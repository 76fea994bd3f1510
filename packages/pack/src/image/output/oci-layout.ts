import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { invalidOption } from "../../errors.ts";
import { openBlob, writeNewFile } from "../blob.ts";
import { type BuiltImage, imageBlobs, imageManifests } from "../built-image.ts";
import { eachOf } from "../concurrency.ts";
import { hexOf } from "../digest.ts";
import { MEDIA } from "../spec.ts";
import { writeAside } from "../write-aside.ts";

export const OCI_LAYOUT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

/**
 * Writes the folder of the OCI image layout. Its index.json lists the image, under `tag` if one is set.
 * @throws {TricastError} `invalid-option` when `path` is a folder that is not a layout: it is not deleted.
 */
export async function writeOciLayout(image: BuiltImage, path: string, tag?: string): Promise<void> {
  await checkReplaceable(path);
  await writeAside(path, async (aside) => {
    const blobs = join(aside, "blobs", "sha256");
    await mkdir(blobs, { recursive: true });
    await eachOf([...imageManifests(image), ...imageBlobs(image)], 2, async (blob) =>
      writeNewFile(join(blobs, hexOf(blob.descriptor.digest)), await openBlob(blob)),
    );
    await writeFile(join(aside, "oci-layout"), OCI_LAYOUT);
    await writeFile(join(aside, "index.json"), layoutIndex(image, tag));
    await rm(path, { recursive: true, force: true });
  });
}

export function layoutIndex({ root, images }: BuiltImage, tag: string | undefined): string {
  const platform = images.length === 1 ? { platform: images[0]?.platform } : {};
  const annotations = tag === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": tag } };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [{ ...root.descriptor, ...platform, ...annotations }],
  });
}

async function checkReplaceable(path: string): Promise<void> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw invalidOption(`${path} cannot become a folder: ${error.message}`, error);
  });
  if (entries.length === 0 || entries.includes("oci-layout")) return;
  throw invalidOption(`${path} is not empty and not an OCI layout; give another folder`);
}
