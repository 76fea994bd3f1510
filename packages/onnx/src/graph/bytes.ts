import { fstatSync, readSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { withFile } from "../with-file.ts";

const WINDOW_BYTES = 64 * 1024;
/** Names and lists in a graph are shorter. A longer text means that the file is not a model. */
const SLICE_BYTES = 16 * 1024 * 1024;

/** The bytes of a model, read by position, so that weights are skipped. */
export interface Bytes {
  /** The name of the model in errors. */
  readonly name: string;
  readonly size: number;
  /** One byte. */
  at(position: number): number;
  /** The bytes between two positions, at most 16 MiB of a file. They may be a view. */
  slice(start: number, end: number): Uint8Array;
}

/** Calls `use` with the bytes of a file, which is closed afterwards, or with bytes in memory. */
export function withBytes<T>(source: string | Uint8Array, use: (bytes: Bytes) => T): T {
  if (typeof source !== "string") return use(memoryBytes(source));
  return withFile(source, (descriptor) => use(fileBytes(source, descriptor)));
}

export function memoryBytes(bytes: Uint8Array): Bytes {
  return {
    name: "the model",
    size: bytes.length,
    at: (position) => bytes[position] as number,
    slice: (start, end) => bytes.subarray(start, end),
  };
}

/** A file of any size, read through a window of 64 KiB. */
function fileBytes(name: string, descriptor: number): Bytes {
  const { size } = fstatSync(descriptor);
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let [start, end] = [0, 0];
  return {
    name,
    size,
    at: (position) => {
      if (position < start || position >= end) {
        start = position;
        end = position + readFully(name, descriptor, window, position, Math.min(WINDOW_BYTES, size - position));
      }
      return window[position - start] as number;
    },
    slice: (from, to) => {
      if (to - from > SLICE_BYTES)
        throw notOnnx(name, `at byte ${from} of ${size}, a text has a length of ${to - from} bytes`);
      if (from >= start && to <= end) return Uint8Array.prototype.slice.call(window, from - start, to - start);
      const bytes = Buffer.allocUnsafe(to - from);
      readFully(name, descriptor, bytes, from, to - from);
      return bytes;
    },
  };
}

function readFully(name: string, descriptor: number, into: Buffer, position: number, length: number): number {
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, into, done, length - done, position + done);
    if (read === 0) throw notOnnx(name, "the file became shorter while it was read");
    done += read;
  }
  return done;
}

export function notOnnx(name: string, problem: string): TricastError {
  return new TricastError("model-invalid", `${name} is not an ONNX model, or is cut off: ${problem}; export it again`);
}
