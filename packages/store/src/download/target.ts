import type { FileHandle } from "node:fs/promises";

/** Where a download's bytes go: any order, and back again for the digest. */
export interface Target {
  /** Pieces that follow each other. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void> | void;
  /** At least one byte of those between the positions. */
  read(start: number, end: number): Promise<Uint8Array> | Uint8Array;
}

export interface MemoryTarget extends Target {
  readonly bytes: Uint8Array;
}

export function memoryTarget(size: number): MemoryTarget {
  // Not from the pool, which would keep its neighbours alive as long as the model.
  const bytes = Buffer.allocUnsafeSlow(size);
  return {
    bytes,
    write: (pieces, position) => {
      for (const piece of pieces) {
        bytes.set(piece, position);
        position += piece.length;
      }
    },
    read: (start, end) => bytes.subarray(start, end),
  };
}

const READ_BYTES = 1024 * 1024;

export function fileTarget(file: FileHandle): Target {
  let buffer: Buffer | undefined;
  return {
    write: async (pieces, position) => {
      const { bytesWritten } = await file.writev(pieces, position);
      const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
      // A disk that is filling up takes a part; asked for the rest it says why.
      if (bytesWritten < total)
        await writeRest(file, Buffer.concat(pieces).subarray(bytesWritten), position + bytesWritten);
    },
    read: async (start, end) => {
      buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
      const { bytesRead } = await file.read(buffer, 0, Math.min(READ_BYTES, end - start), start);
      if (bytesRead === 0) throw new Error(`the file ended at byte ${start} although it was written further`);
      return buffer.subarray(0, bytesRead);
    },
  };
}

async function writeRest(file: FileHandle, rest: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < rest.length; ) {
    const { bytesWritten } = await file.write(rest, done, rest.length - done, position + done);
    done += bytesWritten;
  }
}
