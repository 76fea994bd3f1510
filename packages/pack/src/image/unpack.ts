import type { Duplex } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

export type Compression = "gzip" | "zstd";

export function createUnpack(compression: Compression): Duplex {
  return compression === "gzip" ? createGunzip() : createZstdDecompress();
}
