import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Blob, openContent, verified } from "../blob.ts";
import { imageBlobs, imageManifests, type PlatformImage } from "../built-image.ts";
import { hexOf } from "../digest.ts";
import { parseReference, showReference } from "../registry/reference.ts";
import type { TarHeader } from "../tar/header.ts";
import { type TarMember, writeTar } from "../tar/write-tar.ts";
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

function archive(image: PlatformImage, tag: string): AsyncIterable<Uint8Array> {
  const built = { root: image.manifest, images: [image] };
  const blobs = new Map([...imageBlobs(built), ...imageManifests(built)].map((blob) => [pathOf(blob), blob]));
  return writeTar([
    ...["blobs/", "blobs/sha256/"].map((name) => ({ header: header(name, 0) })),
    ...[...blobs.keys()].sort().map((name) => blobMember(name, blobs.get(name) as Blob)),
    textMember("index.json", layoutIndex(built, tag)),
    textMember("manifest.json", dockerManifest(image, tag)),
    textMember("oci-layout", OCI_LAYOUT),
  ]);
}

function dockerManifest({ config, layers }: PlatformImage, tag: string): string {
  return JSON.stringify([{ Config: pathOf(config), RepoTags: [tag], Layers: layers.map(pathOf) }]);
}

function pathOf({ descriptor }: Blob): string {
  return `blobs/sha256/${hexOf(descriptor.digest)}`;
}

function textMember(name: string, text: string): TarMember {
  const bytes = Buffer.from(text);
  return { header: header(name, bytes.length), content: { bytes } };
}

function blobMember(name: string, { descriptor, content }: Blob): TarMember {
  const open = async function* () {
    yield* verified(openContent(await content()), descriptor);
  };
  return { header: header(name, descriptor.size), content: { open } };
}

function header(name: string, size: number): TarHeader {
  const isFolder = name.endsWith("/");
  const mode = isFolder ? 0o755 : 0o644;
  return { name, type: isFolder ? "directory" : "file", size, mode, uid: 0, gid: 0, mtime: 0 };
}
