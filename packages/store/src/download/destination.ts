import type { FileHandle } from "node:fs/promises";

/** Where a download's bytes go: any order, and back again for the digest. */
export interface Destination {
  write(piece: Uint8Array, position: number): Promise<void> | void;
  /** At least one byte of those between the positions. */
  read(start: number, end: number): Promise<Uint8Array> | Uint8Array;
}

export interface MemoryDestination extends Destination {
  readonly bytes: Uint8Array;
}

export function memoryDestination(size: number): MemoryDestination {
  // Not from the pool, which would keep its neighbours alive as long as the model.
  const bytes = Buffer.allocUnsafeSlow(size);
  return {
    bytes,
    write: (piece, position) => bytes.set(piece, position),
    read: (start, end) => bytes.subarray(start, end),
  };
}

const READ_BYTES = 1024 * 1024;

export function fileDestination(file: FileHandle): Destination {
  let buffer: Buffer | undefined;
  return {
    write: async (piece, position) => {
      // A disk that is filling up takes a part; asked for the rest it says why.
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
        done += bytesWritten;
      }
    },
    read: async (start, end) => {
      buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
      const { bytesRead } = await file.read(buffer, 0, Math.min(READ_BYTES, end - start), start);
      if (bytesRead === 0) throw new Error(`the file ended at byte ${start} although it was written further`);
      return buffer.subarray(0, bytesRead);
    },
  };
}
