import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

export interface Digest {
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Size and SHA-256 of all pieces. `sink` gets each piece after it has been counted. */
export async function digest(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sink?: (piece: Uint8Array) => Promise<void>,
): Promise<Digest> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
    await sink?.(piece);
  }
  return { size, sha256: hash.digest("hex") };
}

/** Size and SHA-256 of a file. Reads it in parts, so it needs little memory and does not block the thread. */
export function digestFile(path: string, signal?: AbortSignal): Promise<Digest> {
  return digest(createReadStream(path, { highWaterMark: 1024 * 1024, signal }));
}
