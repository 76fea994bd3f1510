import { type Blob, openContent } from "../blob.ts";
import type { BlobCache } from "../blob-cache.ts";
import { hexOf } from "../digest.ts";
import { MEDIA } from "../spec.ts";
import { readTar, type TarEntry } from "../tar/read-tar.ts";
import { unpack } from "../unpack.ts";
import { type BaseImage, unreadable, unsuitable } from "./base-image.ts";

interface Libc {
  readonly glibc: boolean;
  readonly musl: boolean;
  /** Of glibc, from the text in the library; `null` where this layer does not have the library. */
  readonly version: string | null;
}

/**
 * ONNX Runtime's library is linked against glibc and does not load under musl. The C library of a base is known from the
 * file name of the dynamic loader in its layers, and its version from the library, both read once per layer. The lowest
 * layer with the library decides: a distribution keeps the version within one release.
 * @returns the version, such as `"2.36"`; `undefined` where the library of glibc has no version text.
 * @throws {TricastError} `image-base-unsuitable` for a base without glibc.
 */
export async function checkGlibc(base: string, image: BaseImage, cache: BlobCache): Promise<string | undefined> {
  let [glibc, musl] = [false, false];
  for (const layer of image.layers) {
    const found = await libcOf(base, layer, cache);
    if (found.version !== null) return found.version;
    glibc ||= found.glibc;
    musl ||= found.musl;
  }
  if (glibc) return undefined;
  const has = musl ? "is built on musl" : "has no dynamic loader of glibc";
  throw unsuitable(
    base,
    `${has}, and the runtime's native library needs glibc: use a Debian-based image such as docker.io/library/node:24-slim`,
  );
}

async function libcOf(base: string, layer: Blob, cache: BlobCache): Promise<Libc> {
  const key = `libc-version-${hexOf(layer.descriptor.digest)}`;
  const known = (await cache.readFact(key)) as Partial<Libc> | undefined;
  if (typeof known?.glibc === "boolean" && typeof known.musl === "boolean" && known.version !== undefined)
    return known as Libc;
  const found = await readLibc(layer).catch((cause: Error) => {
    throw unreadable(base, `layer ${layer.descriptor.digest} is damaged (${cause.message})`, cause);
  });
  await cache.writeFact(key, found);
  return found;
}

async function readLibc(layer: Blob): Promise<Libc> {
  let [glibc, musl] = [false, false];
  for await (const { name, content } of readTar(await openLayer(layer), isLibrary)) {
    const version = content === undefined ? undefined : versionOf(content);
    // The version is enough: the rest of the layer is not unpacked.
    if (version !== undefined) return { glibc: true, musl, version };
    glibc ||= /(?:^|\/)ld-linux-(?:x86-64|aarch64)\.so\.\d$/.test(name);
    musl ||= /(?:^|\/)ld-musl-[^/]+\.so\.\d$/.test(name);
  }
  return { glibc, musl, version: null };
}

/** A C library has about 2 MB. */
const MAX_LIBRARY_BYTES = 16 * 2 ** 20;

/** `libc.so.6` is the library, or up to glibc 2.33 a link to it. */
function isLibrary({ name, type, size }: TarEntry): boolean {
  return type === "file" && size <= MAX_LIBRARY_BYTES && /(?:^|\/)libc(?:\.so\.6|-2\.\d+\.so)$/.test(name);
}

/** The line that the library prints when it runs as a program (glibc: csu/version.c). */
function versionOf(library: Buffer): string | undefined {
  const at = library.indexOf("GNU C Library ");
  return at === -1 ? undefined : /^[^\n]* version (\d+\.\d+)/.exec(library.toString("latin1", at, at + 200))?.[1];
}

async function openLayer({ descriptor, content }: Blob): Promise<AsyncIterable<Uint8Array>> {
  const source = openContent(await content());
  if (descriptor.mediaType === MEDIA.layer) return source;
  return unpack(source, descriptor.mediaType === MEDIA.layerZstd ? "zstd" : "gzip");
}
