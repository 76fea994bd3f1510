import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { crc32, deflateRaw } from "node:zlib";

const compress = promisify(deflateRaw);

/** A file's content as a zip holds it. */
export interface Deflated {
  /** CRC-32 of the content itself. */
  readonly crc: number;
  readonly size: number;
  /** The content itself where compressing it gains nothing. */
  readonly data: Uint8Array;
  readonly isStored: boolean;
}

/** By digest: the runtime is in every artefact of a build, and takes two seconds to compress. */
const done = new Map<string, Promise<Deflated>>();
const KEPT_BYTES = 2 ** 20;

export function deflate(content: Uint8Array): Promise<Deflated> {
  if (content.length < KEPT_BYTES) return compressNow(content);
  const digest = createHash("sha256").update(content).digest("hex");
  const known = done.get(digest);
  if (known !== undefined) return known;
  const started = compressNow(content);
  done.set(digest, started);
  return started;
}

async function compressNow(content: Uint8Array): Promise<Deflated> {
  const packed = await compress(content, { level: 9, memLevel: 9 });
  const isStored = packed.length >= content.length;
  return { crc: crc32(content), size: content.length, data: isStored ? content : packed, isStored };
}
