import { open, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { type Blob, type FilePart, openContent, readContent, readFileChunks, writeNewFile } from "../blob.ts";
import type { BlobCache } from "../blob-cache.ts";
import { digestOfStream, hexOf, isDigest } from "../digest.ts";
import { compressLayer } from "../layer.ts";
import { isSamePlatform } from "../platform.ts";
import { type Descriptor, type ImageConfig, type ImageIndex, MEDIA, type Platform } from "../spec.ts";
import { readTar } from "../tar/read-tar.ts";
import { type Compression, unpack } from "../unpack.ts";
import { type BaseImage, unreadable } from "./base-image.ts";
import { checkDiffIds, parseDocument, resolveImage, wrongPlatform } from "./resolve-image.ts";

/**
 * Opens a base on disk: an OCI layout folder, a tarball of a layout (`oci-archive`), a tarball of `docker save`
 * (`docker-archive`), or a tarball of a plain root file system. Tarballs may be compressed with gzip or zstd.
 * @throws {TricastError} `image-base-unreadable`, `image-base-unsuitable`
 */
export async function openLocalBase(path: string, platform: Platform, cache: BlobCache): Promise<BaseImage> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, "the file or folder does not exist; correct the path", cause);
  });
  if (found.isDirectory()) return openLayout(path, platform, (name) => fileIn(path, name));
  const archive = await uncompressed(path, cache);
  const members = await indexTar(path, archive);
  if (members.has("oci-layout")) return openLayout(path, platform, async (name) => members.get(name));
  if (members.has("manifest.json")) return openDockerArchive(path, platform, members, cache);
  return openRootfs(archive, platform, cache);
}

/** Finds a file of a layout; `undefined` where the layout does not have it. */
type Locate = (name: string) => Promise<FilePart | undefined>;

async function fileIn(folder: string, name: string): Promise<FilePart | undefined> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, start: 0, size: found.size } : undefined;
}

async function openLayout(base: string, platform: Platform, locate: Locate): Promise<BaseImage> {
  if ((await locate("oci-layout")) === undefined)
    throw unreadable(base, "the folder has no file oci-layout; give the folder of an OCI layout");
  const content = await locate("index.json");
  if (content === undefined) throw unreadable(base, "it has no index.json");
  const { manifests } = parseDocument(base, await readContent(content), "index.json") as Partial<ImageIndex>;
  if (!Array.isArray(manifests)) throw unreadable(base, "its index.json lists no manifests");
  const image = await resolveImage(base, manifests, platform, (descriptor) => layoutBlob(base, descriptor, locate));
  for (const layer of image.layers) await checkBytes(base, layer);
  return image;
}

/** Runs before anything is written or pushed: a damaged base is an error of the base. */
async function checkBytes(base: string, { descriptor, content }: Blob): Promise<void> {
  const { digest, size } = await digestOfStream(openContent(await content()));
  if (size === descriptor.size && digest === descriptor.digest) return;
  throw unreadable(base, `its layer ${descriptor.digest} is damaged: the bytes are ${digest}; save the image again`);
}

async function layoutBlob(base: string, descriptor: Descriptor, locate: Locate): Promise<Blob> {
  const { digest, size } = descriptor;
  if (!isDigest(digest)) throw unreadable(base, `${digest} is not a sha256 digest`);
  const content = await locate(`blobs/sha256/${hexOf(digest)}`);
  if (content === undefined) throw unreadable(base, `the blob ${digest} does not exist; save the image again`);
  if (content.size === size) return { descriptor, content: async () => content };
  throw unreadable(base, `the blob ${digest} is ${content.size} bytes and should be ${size}; save the image again`);
}

type Members = ReadonlyMap<string, FilePart>;

type DockerManifest = { readonly Config?: string; readonly Layers?: readonly string[] };

async function openDockerArchive(
  base: string,
  platform: Platform,
  members: Members,
  cache: BlobCache,
): Promise<BaseImage> {
  const images = (await readMember(base, members, "manifest.json")) as readonly DockerManifest[];
  const image = images[0];
  if (images.length !== 1 || image?.Config === undefined || !Array.isArray(image.Layers))
    throw unreadable(base, `its manifest.json lists ${images.length} images; save one`);
  const config = (await readMember(base, members, image.Config)) as ImageConfig;
  checkDiffIds(base, config, image.Layers.length);
  if (!isSamePlatform(config, platform)) throw wrongPlatform(base, config, platform);
  const layers: Blob[] = [];
  for (const [index, name] of image.Layers.entries()) {
    const content = memberOf(base, members, name);
    layers.push(await archiveLayer(base, name, content, config.rootfs.diff_ids[index] as string, cache));
  }
  return { config, layers };
}

function memberOf(base: string, members: Members, name: string): FilePart {
  const member = members.get(posix.normalize(name));
  if (member === undefined) throw unreadable(base, `it has no ${name}`);
  return member;
}

async function readMember(base: string, members: Members, name: string): Promise<object> {
  return parseDocument(base, await readContent(memberOf(base, members, name)), name);
}

/** `docker save` writes plain tars, `podman save --compress` and containerd gzipped tars. */
async function archiveLayer(base: string, name: string, content: FilePart, diffId: string, cache: BlobCache) {
  if ((await compressionOf(content)) === "gzip") return gzippedLayer(content);
  const layer = await compressLayer(() => openContent(content), cache, `${base}, layer ${name},`);
  if (layer.diffId !== diffId)
    throw unreadable(base, `layer ${name} is ${layer.diffId} and should be ${diffId}; save the image again`);
  return layer.blob;
}

async function gzippedLayer(content: FilePart): Promise<Blob> {
  const { digest, size } = await digestOfStream(openContent(content));
  return { descriptor: { mediaType: MEDIA.layerGzip, digest, size }, content: async () => content };
}

async function openRootfs(archive: string, platform: Platform, cache: BlobCache): Promise<BaseImage> {
  const layer = await compressLayer(() => readFileChunks(archive), cache, archive);
  return {
    layers: [layer.blob],
    config: { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [layer.diffId] } },
  };
}

/** Files of the archive by name. Older archives of `docker save` have a link for a layer that two images share. */
async function indexTar(base: string, archive: string): Promise<Members> {
  const members = new Map<string, FilePart>();
  const links: [name: string, target: string][] = [];
  let count = 0;
  try {
    for await (const { name, type, linkName, start, size } of readTar(readFileChunks(archive))) {
      count++;
      if (type === "file") members.set(name, { path: archive, start, size });
      if (type === "symlink") links.push([name, posix.join(posix.dirname(name), linkName)]);
      if (type === "link") links.push([name, posix.normalize(linkName)]);
    }
  } catch (cause) {
    throw unreadable(base, `it is not a tar archive, or a damaged one (${(cause as Error).message})`, cause);
  }
  if (count === 0) throw unreadable(base, "the archive is empty; save the image again");
  for (const [name, target] of links) {
    const found = members.get(target);
    if (found !== undefined && !members.has(name)) members.set(name, found);
  }
  return members;
}

async function uncompressed(path: string, cache: BlobCache): Promise<string> {
  const compression = await compressionOf({ path, start: 0 });
  if (compression === undefined) return path;
  const kept = await cache.keepFile(async (aside) => {
    try {
      await writeNewFile(aside, unpack(readFileChunks(path), compression));
    } catch (cause) {
      throw unreadable(path, `its ${compression} stream cannot be unpacked (${(cause as Error).message})`, cause);
    }
    return digestOfStream(readFileChunks(aside));
  });
  return kept.path;
}

async function compressionOf({ path, start }: Pick<FilePart, "path" | "start">): Promise<Compression | undefined> {
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
