import { pipeline } from "node:stream";
import { type Blob, openContent } from "../blob.ts";
import type { BlobCache } from "../blob-cache.ts";
import { hexOf } from "../digest.ts";
import { MEDIA } from "../spec.ts";
import { readTar } from "../tar/read-tar.ts";
import { createUnpack } from "../unpack.ts";
import { type BaseImage, unreadable, unsuitable } from "./base-image.ts";

interface Libc {
  readonly glibc: boolean;
  readonly musl: boolean;
}

/**
 * ONNX Runtime's library is linked against glibc and does not load under musl. Which of them a base has is read from the
 * dynamic loader's file name in its layers, once per layer.
 * @throws {TricastError} `image-base-unsuitable` for a base without glibc.
 */
export async function checkGlibc(base: string, image: BaseImage, cache: BlobCache): Promise<void> {
  let musl = false;
  for (const layer of image.layers) {
    const found = await libcOf(base, layer, cache);
    if (found.glibc) return;
    musl ||= found.musl;
  }
  const has = musl ? "is built on musl" : "has no dynamic loader of glibc";
  throw unsuitable(
    base,
    `${has}, and the runtime's native library needs glibc: use a Debian-based image such as docker.io/library/node:24-slim`,
  );
}

async function libcOf(base: string, layer: Blob, cache: BlobCache): Promise<Libc> {
  const key = `libc-${hexOf(layer.descriptor.digest)}`;
  const known = (await cache.readFact(key)) as Partial<Libc> | undefined;
  if (typeof known?.glibc === "boolean" && typeof known.musl === "boolean") return known as Libc;
  const found = { glibc: false, musl: false };
  try {
    for await (const { name } of readTar(await openLayer(layer))) {
      // glibc decides, so the rest of the layer need not be unpacked.
      found.glibc = /(?:^|\/)ld-linux-(?:x86-64|aarch64)\.so\.\d$/.test(name);
      if (found.glibc) break;
      if (/(?:^|\/)ld-musl-[^/]+\.so\.\d$/.test(name)) found.musl = true;
    }
  } catch (cause) {
    throw unreadable(base, `layer ${layer.descriptor.digest} is damaged (${(cause as Error).message})`, cause);
  }
  await cache.writeFact(key, found);
  return found;
}

async function openLayer({ descriptor, content }: Blob): Promise<AsyncIterable<Uint8Array>> {
  const source = openContent(await content());
  if (descriptor.mediaType === MEDIA.layer) return source;
  const unpack = createUnpack(descriptor.mediaType === MEDIA.layerZstd ? "zstd" : "gzip");
  // An error reaches the reader of `unpack`, which pipeline destroys with it.
  return pipeline(source, unpack, () => {});
}
