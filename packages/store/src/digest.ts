import { createHash } from "node:crypto";

export interface Digest {
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Size and SHA-256 of what is read; `sink` gets each piece once it has been counted. */
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
