import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TricastError } from "@tricast/core";
import { copyBlob } from "../blob.ts";
import { type BuiltImage, imageBlobs, imageManifests } from "../built-image.ts";
import { hexOf } from "../digest.ts";
import { eachOf } from "../each-of.ts";
import { MEDIA } from "../spec.ts";
import { replacing } from "./replace.ts";

export const OCI_LAYOUT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

/**
 * Writes the folder of the OCI image layout; its index.json names the image, under `tag` if there is one.
 * @throws {TricastError} `invalid-option` when `path` holds something other than a layout, which is not deleted.
 */
export async function writeOciLayout(image: BuiltImage, path: string, tag?: string): Promise<void> {
  await checkReplaceable(path);
  await replacing(path, async (aside) => {
    const blobs = join(aside, "blobs", "sha256");
    await mkdir(blobs, { recursive: true });
    await eachOf([...imageManifests(image), ...imageBlobs(image)], 2, (blob) =>
      copyBlob(blob, join(blobs, hexOf(blob.descriptor.digest))),
    );
    await writeFile(join(aside, "oci-layout"), OCI_LAYOUT);
    await writeFile(join(aside, "index.json"), layoutIndex(image, tag));
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
    throw new TricastError("invalid-option", `${path} cannot become a folder: ${error.message}`, { cause: error });
  });
  if (entries.length === 0 || entries.includes("oci-layout")) return;
  throw new TricastError("invalid-option", `${path} holds something other than an OCI layout; give another folder`);
}
