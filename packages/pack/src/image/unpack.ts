import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

export type Compression = "gzip" | "zstd";

/** The unpacked stream. On an error of the source, the reader gets that error. */
export function unpack(source: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  return pipeline(source, compression === "gzip" ? createGunzip() : createZstdDecompress(), () => {});
}
