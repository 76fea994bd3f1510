import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { ObjectBody } from "../object-store.ts";

export interface Upload {
  /** Bytes. */
  readonly size: number;
  /** A file is opened now, and read while it is sent. */
  open(): Uint8Array | Readable;
}

/** A body that is about to be sent. */
export async function toUpload(body: ObjectBody): Promise<Upload> {
  if (body instanceof Uint8Array) return { size: body.length, open: () => body };
  return { size: (await stat(body.path)).size, open: () => createReadStream(body.path) };
}
