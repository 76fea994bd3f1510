import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Blob, type BlobContent, openContent, readContent } from "../blob.ts";
import type { BlobCache } from "../blob-cache.ts";
import { digestOfStream, hexOf, isDigest } from "../digest.ts";
import { compressLayer } from "../layer.ts";
import { isSamePlatform, showPlatform } from "../platform.ts";
import { type Descriptor, type ImageConfig, type ImageIndex, MEDIA, type Platform } from "../spec.ts";
import { readTar } from "../tar/read-tar.ts";
import { type Compression, createUnpack } from "../unpack.ts";
import { type BaseImage, unreadable, unsuitable } from "./base-image.ts";
import { parseDocument, resolveImage } from "./resolve-image.ts";

/**
 * Opens a base on disk: an OCI layout folder, a tarball of one (`oci-archive`), a tarball of `docker save`
 * (`docker-archive`), or a tarball of a plain root file system. Tarballs may be compressed with gzip or zstd.
 * @throws {TricastError} `image-base-unreadable`, `image-base-unsuitable`
 */
export async function openLocalBase(path: string, platform: Platform, cache: BlobCache): Promise<BaseImage> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, "the file or folder does not exist", cause);
  });
  if (found.isDirectory()) return openLayout(path, platform, folderLocator(path));
  const archive = await uncompressed(path, cache);
  const members = await indexTar(path, archive);
  if (members.has("oci-layout")) return openLayout(path, platform, archiveLocator(archive, members));
  if (members.has("manifest.json")) return openDockerArchive(path, platform, { archive, members, cache });
  return openRootfs(archive, platform, cache);
}

/** Where a file of a layout lies, if it has it. */
type Locate = (name: string) => Promise<BlobContent | undefined>;

function folderLocator(folder: string): Locate {
  return async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? { path, start: 0, size: found.size } : undefined;
  };
}

type Members = ReadonlyMap<string, { readonly start: number; readonly size: number }>;

function archiveLocator(archive: string, members: Members): Locate {
  return async (name) => {
    const member = members.get(name);
    return member === undefined ? undefined : { path: archive, ...member };
  };
}

async function openLayout(base: string, platform: Platform, locate: Locate): Promise<BaseImage> {
  if ((await locate("oci-layout")) === undefined) throw unreadable(base, "the folder has no file oci-layout");
  const content = await locate("index.json");
  if (content === undefined) throw unreadable(base, "it has no index.json");
  const { manifests } = parseDocument(base, await readContent(content), "index.json") as Partial<ImageIndex>;
  if (!Array.isArray(manifests)) throw unreadable(base, "its index.json lists no manifests");
  const image = await resolveImage(base, manifests, platform, (descriptor) => layoutBlob(base, descriptor, locate));
  for (const layer of image.layers) await checkBytes(base, layer);
  return image;
}

/** Before anything is written or pushed: a damaged base is an error of the base. */
async function checkBytes(base: string, { descriptor, content }: Blob): Promise<void> {
  const { digest, size } = await digestOfStream(openContent(await content()));
  if (size === descriptor.size && digest === descriptor.digest) return;
  throw unreadable(base, `its layer ${descriptor.digest} is damaged: the bytes are ${digest}`);
}

async function layoutBlob(base: string, descriptor: Descriptor, locate: Locate): Promise<Blob> {
  if (!isDigest(descriptor.digest)) throw unreadable(base, `${descriptor.digest} is not a sha256 digest`);
  const content = await locate(`blobs/sha256/${hexOf(descriptor.digest)}`);
  if (content === undefined) throw unreadable(base, `the blob ${descriptor.digest} is not there`);
  const size = "size" in content ? content.size : content.bytes.length;
  if (size === descriptor.size) return { descriptor, content: async () => content };
  throw unreadable(base, `the blob ${descriptor.digest} is ${size} bytes and should be ${descriptor.size}`);
}

interface Archive {
  readonly archive: string;
  readonly members: Members;
  readonly cache: BlobCache;
}

interface DockerManifest {
  readonly Config?: string;
  readonly Layers?: readonly string[];
}

async function openDockerArchive(base: string, platform: Platform, from: Archive): Promise<BaseImage> {
  const images = (await readMember(base, from, "manifest.json")) as readonly DockerManifest[];
  const image = images[0];
  if (images.length !== 1 || image?.Config === undefined || !Array.isArray(image.Layers)) {
    throw unreadable(base, `its manifest.json lists ${images.length} images; save one`);
  }
  const config = (await readMember(base, from, image.Config)) as ImageConfig;
  if (config.rootfs?.diff_ids?.length !== image.Layers.length) {
    throw unreadable(base, "its config does not list one diff_id for each layer");
  }
  if (!isSamePlatform(config, platform)) {
    throw unsuitable(base, `is for ${showPlatform(config)}, and ${showPlatform(platform)} is being built`);
  }
  const layers: Blob[] = [];
  for (const [index, name] of image.Layers.entries()) {
    layers.push(await archiveLayer(base, from, name, config.rootfs.diff_ids[index] as string));
  }
  return { config, layers };
}

async function readMember(base: string, { archive, members }: Archive, name: string): Promise<object> {
  const member = members.get(posix.normalize(name));
  if (member === undefined) throw unreadable(base, `it has no ${name}`);
  return parseDocument(base, await readContent({ path: archive, ...member }), name);
}

/** `docker save` writes plain tars, `podman save --compress` and containerd gzipped ones. */
async function archiveLayer(base: string, from: Archive, name: string, diffId: string): Promise<Blob> {
  const member = from.members.get(posix.normalize(name));
  if (member === undefined) throw unreadable(base, `it has no layer ${name}`);
  const content = { path: from.archive, ...member };
  if ((await compressionOf(from.archive, member.start)) === "gzip") return gzippedLayer(content);
  const layer = await compressLayer(() => openContent(content), from.cache, `${base}, layer ${name},`);
  if (layer.diffId !== diffId) throw unreadable(base, `layer ${name} is ${layer.diffId} and should be ${diffId}`);
  return layer.blob;
}

async function gzippedLayer(content: Exclude<BlobContent, { bytes: Uint8Array }>): Promise<Blob> {
  const { digest } = await digestOfStream(openContent(content));
  return { descriptor: { mediaType: MEDIA.layerGzip, digest, size: content.size }, content: async () => content };
}

async function openRootfs(archive: string, platform: Platform, cache: BlobCache): Promise<BaseImage> {
  const layer = await compressLayer(() => createReadStream(archive, { highWaterMark: 1 << 20 }), cache, archive);
  return {
    layers: [layer.blob],
    config: { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [layer.diffId] } },
  };
}

/** Files of the archive by name. A layer that two images share is a link in older archives of `docker save`. */
async function indexTar(base: string, archive: string): Promise<Members> {
  const members = new Map<string, { start: number; size: number }>();
  const links: [name: string, target: string][] = [];
  let count = 0;
  try {
    for await (const entry of readTar(createReadStream(archive, { highWaterMark: 1 << 20 }))) {
      count++;
      if (entry.type === "file") members.set(entry.name, { start: entry.start, size: entry.size });
      if (entry.type === "symlink") links.push([entry.name, posix.join(posix.dirname(entry.name), entry.linkName)]);
      if (entry.type === "link") links.push([entry.name, posix.normalize(entry.linkName)]);
    }
  } catch (cause) {
    throw unreadable(base, `it is not a tar archive, or a damaged one (${(cause as Error).message})`, cause);
  }
  if (count === 0) throw unreadable(base, "the archive is empty");
  for (const [name, target] of links) {
    const found = members.get(target);
    if (found !== undefined && !members.has(name)) members.set(name, found);
  }
  return members;
}

async function uncompressed(path: string, cache: BlobCache): Promise<string> {
  const compression = await compressionOf(path, 0);
  if (compression === undefined) return path;
  const content = await cache.keepFile(async (aside) => {
    try {
      const unpack = createUnpack(compression);
      await pipeline(createReadStream(path), unpack, createWriteStream(aside, { flags: "wx", mode: 0o644 }));
    } catch (cause) {
      throw unreadable(path, `its ${compression} stream cannot be unpacked (${(cause as Error).message})`, cause);
    }
    return digestOfStream(createReadStream(aside, { highWaterMark: 1 << 20 }));
  });
  return (content as { readonly path: string }).path;
}

async function compressionOf(path: string, start: number): Promise<Compression | undefined> {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(4);
    await file.read(magic, 0, 4, start);
    if (magic.readUInt16BE(0) === 0x1f8b) return "gzip";
    return magic.readUInt32BE(0) === 0x28b52ffd ? "zstd" : undefined;
  } finally {
    await file.close();
  }
}
