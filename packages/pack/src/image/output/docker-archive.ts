import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Blob, openContent, verified } from "../blob.ts";
import { imageBlobs, imageManifests, type PlatformImage } from "../built-image.ts";
import { hexOf } from "../digest.ts";
import { parseReference, showReference } from "../registry/reference.ts";
import { BLOCK_BYTES, encodeHeader, paddingOf, type TarHeader } from "../tar/header.ts";
import { layoutIndex, OCI_LAYOUT } from "./oci-layout.ts";
import { replacing } from "./replace.ts";

/**
 * Writes the file that `docker load` and `podman load` take, in the form that Docker itself saves since version 25: an
 * OCI layout in a tar, with a manifest.json for older readers. Layers stay compressed, which every version detects.
 */
export async function writeDockerArchive(image: PlatformImage, path: string, tag: string): Promise<void> {
  await replacing(path, async (aside) => {
    await pipeline(archive(image, showReference(parseReference(tag))), createWriteStream(aside, { flags: "wx" }));
  });
}

async function* archive(image: PlatformImage, tag: string): AsyncGenerator<Uint8Array> {
  const built = { root: image.manifest, images: [image] };
  const blobs = new Map([...imageBlobs(built), ...imageManifests(built)].map((blob) => [pathOf(blob), blob]));
  for (const folder of ["blobs/", "blobs/sha256/"]) yield encodeHeader(header(folder, 0));
  for (const name of [...blobs.keys()].sort()) yield* blobMember(name, blobs.get(name) as Blob);
  yield* textMember("index.json", layoutIndex(built, tag));
  yield* textMember("manifest.json", dockerManifest(image, tag));
  yield* textMember("oci-layout", OCI_LAYOUT);
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function dockerManifest({ config, layers }: PlatformImage, tag: string): string {
  return JSON.stringify([{ Config: pathOf(config), RepoTags: [tag], Layers: layers.map(pathOf) }]);
}

function pathOf({ descriptor }: Blob): string {
  return `blobs/sha256/${hexOf(descriptor.digest)}`;
}

function* textMember(name: string, text: string): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  yield encodeHeader(header(name, bytes.length));
  yield bytes;
  yield paddingOf(bytes.length);
}

async function* blobMember(name: string, { descriptor, content }: Blob): AsyncGenerator<Uint8Array> {
  yield encodeHeader(header(name, descriptor.size));
  yield* verified(openContent(await content()), descriptor);
  yield paddingOf(descriptor.size);
}

function header(name: string, size: number): TarHeader {
  const isFolder = name.endsWith("/");
  const mode = isFolder ? 0o755 : 0o644;
  return { name, type: isFolder ? "directory" : "file", size, mode, uid: 0, gid: 0, mtime: 0 };
}
