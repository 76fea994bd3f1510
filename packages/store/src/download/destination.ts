import type { FileHandle } from "node:fs/promises";

/** Receives a download's bytes in any order, and returns them for the digest. */
export interface Destination {
  write(piece: Uint8Array, position: number): Promise<void> | void;
  /** Returns at least one byte, beginning at `start`. */
  read(start: number, end: number): Promise<Uint8Array> | Uint8Array;
}

export interface MemoryDestination extends Destination {
  readonly bytes: Uint8Array;
}

export function memoryDestination(size: number): MemoryDestination {
  // Node's pool would keep unrelated buffers in memory as long as the model.
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
      // A disk that becomes full writes only a part. The next write throws the reason.
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
        done += bytesWritten;
      }
    },
    read: async (start, end) => {
      buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
      const { bytesRead } = await file.read(buffer, 0, Math.min(READ_BYTES, end - start), start);
      if (bytesRead === 0) throw new Error(`the file ends at byte ${start}, although more was written`);
      return buffer.subarray(0, bytesRead);
    },
  };
}
