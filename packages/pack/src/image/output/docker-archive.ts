import { rm } from "node:fs/promises";
import { type Blob, openBlob, writeNewFile } from "../blob.ts";
import { imageBlobs, imageManifests, type PlatformImage } from "../built-image.ts";
import { hexOf } from "../digest.ts";
import { parseReference, showReference } from "../registry/reference.ts";
import { type TarMember, writeTar } from "../tar/write-tar.ts";
import { writeAside } from "../write-aside.ts";
import { layoutIndex, OCI_LAYOUT } from "./oci-layout.ts";

/**
 * Writes the file that `docker load` and `podman load` take, in the form that Docker saves since version 25: an OCI
 * layout in a tar, with a manifest.json for older readers. Layers stay compressed, which every version detects.
 */
export async function writeDockerArchive(image: PlatformImage, path: string, tag: string): Promise<void> {
  await writeAside(path, async (aside) => {
    await writeNewFile(aside, archive(image, showReference(parseReference(tag))));
    await rm(path, { recursive: true, force: true });
  });
}

function archive(image: PlatformImage, tag: string): AsyncIterable<Uint8Array> {
  const built = { root: image.manifest, images: [image] };
  const blobs = new Map([...imageBlobs(built), ...imageManifests(built)].map((blob) => [pathOf(blob), blob]));
  const folder = { type: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, mtime: 0 } as const;
  return writeTar([
    ...["blobs/", "blobs/sha256/"].map((name) => ({ header: { name, ...folder } })),
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
  return file(name, bytes.length, { bytes });
}

function blobMember(name: string, blob: Blob): TarMember {
  const open = async function* () {
    yield* await openBlob(blob);
  };
  return file(name, blob.descriptor.size, { open });
}

function file(name: string, size: number, content: NonNullable<TarMember["content"]>): TarMember {
  return { header: { name, type: "file", size, mode: 0o644, uid: 0, gid: 0, mtime: 0 }, content };
}
