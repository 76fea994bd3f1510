import { readSync } from "node:fs";
import { withFile } from "./with-file.ts";

/** At most `length` bytes of a file from `start` on. */
export function readPart(path: string, start: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return withFile(path, (descriptor) => buffer.subarray(0, readSync(descriptor, buffer, 0, length, start)));
}
