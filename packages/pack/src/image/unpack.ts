import type { Duplex } from "node:stream";
import zlib from "node:zlib";

export type Compression = "gzip" | "zstd";

/** @throws {Error} for zstd on Node before 22.15, which does not know it. */
export function createUnpack(compression: Compression): Duplex {
  if (compression === "gzip") return zlib.createGunzip();
  // Not a named import: the whole package would not load where Node has no such export.
  if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress();
  throw new Error(`zstd needs Node 22.15 or newer, and this is ${process.version}`);
}
