import { promisify } from "node:util";
import { crc32, deflateRaw } from "node:zlib";
import type { Content } from "../files/artefact-file.ts";
import { readContent } from "../files/content.ts";

const compress = promisify(deflateRaw);

/** A file's content in the form that a zip has. */
export interface Deflated {
  /** CRC-32 of the content itself. */
  readonly crc: number;
  readonly size: number;
  /** The content itself where the compressed form is not smaller. */
  readonly data: Uint8Array;
  readonly isStored: boolean;
}

/** By digest: every artefact of a build has the runtime, which takes two seconds to compress. */
const done = new Map<string, Promise<Deflated>>();
/** Smaller files are not kept: compressing them again is fast. */
const KEPT_BYTES = 2 ** 20;

/** @param sha256 of the content. */
export function deflate(content: Content, sha256: string): Promise<Deflated> {
  const known = done.get(sha256);
  if (known !== undefined) return known;
  const bytes = readContent(content);
  const started = compressNow(bytes);
  if (bytes.length >= KEPT_BYTES) done.set(sha256, started);
  return started;
}

async function compressNow(content: Uint8Array): Promise<Deflated> {
  const packed = await compress(content, { level: 9, memLevel: 9 });
  const isStored = packed.length >= content.length;
  return { crc: crc32(content), size: content.length, data: isStored ? content : packed, isStored };
}
