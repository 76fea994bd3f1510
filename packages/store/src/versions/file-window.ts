import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TricastError } from "@tricast/core";

const WINDOW_BYTES = 64 * 1024;
/** No name, text or list of dimensions in a model is longer; what claims to be is not a model. */
const SLICE_BYTES = 16 * 1024 * 1024;

/** A file of any size, read by position through a window of 64 KiB. */
export interface FileWindow {
  readonly path: string;
  readonly size: number;
  /** One byte. */
  at(position: number): number;
  /** A copy of the bytes between two positions, at most 16 MiB. */
  slice(start: number, end: number): Buffer;
}

/** Opens a file for `use` and closes it after. */
export function withFileWindow<T>(path: string, use: (file: FileWindow) => T): T {
  const descriptor = openSync(path, "r");
  try {
    return use(fileWindow(path, descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function fileWindow(path: string, descriptor: number): FileWindow {
  const { size } = fstatSync(descriptor);
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let start = 0;
  let end = 0;
  return {
    path,
    size,
    at: (position) => {
      if (position < start || position >= end) {
        start = position;
        end = position + readFully(path, descriptor, window, position, Math.min(WINDOW_BYTES, size - position));
      }
      return window[position - start] as number;
    },
    slice: (from, to) => {
      if (to - from > SLICE_BYTES) throw tooLong(path, from, to);
      const bytes = Buffer.allocUnsafe(to - from);
      readFully(path, descriptor, bytes, from, to - from);
      return bytes;
    },
  };
}

function readFully(path: string, descriptor: number, into: Buffer, position: number, length: number): number {
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, into, done, length - done, position + done);
    if (read === 0) throw shrunk(path);
    done += read;
  }
  return done;
}

function shrunk(path: string): TricastError {
  return new TricastError("model-invalid", `${path} became shorter while it was read; try again when it is complete`);
}

function tooLong(path: string, from: number, to: number): TricastError {
  return new TricastError(
    "model-invalid",
    `${path} is not an ONNX model: a text at byte ${from} claims ${to - from} bytes; export it again`,
  );
}
