import { closeSync, openSync, readSync } from "node:fs";

/** Opens a file for reading by position, and closes it after `use`. */
export function withFile<T>(path: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(path, "r");
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** At most `length` bytes of a file from `start` on. */
export function readPart(path: string, start: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return withFile(path, (descriptor) => buffer.subarray(0, readSync(descriptor, buffer, 0, length, start)));
}
