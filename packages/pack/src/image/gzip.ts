import { pipeline } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";

/** On ONNX Runtime's library 9 gains 0.1 % for a third more time, and 1 is 8 % larger (figures: docs/6-images.md). */
export const GZIP_LEVEL = 6;

const CHUNK_BYTES = 1 << 20;

/** Member header of RFC 1952 with no time (0), no extra flags and operating system 255 (unknown). zlib would write its own. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/**
 * The compressed stream. Equal bytes give equal bytes for any chunk sizes of `source`, with one version of zlib.
 * Node's thread pool does the work, so two layers use two cores.
 */
export async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const sum = { crc: 0, size: 0 };
  const deflate = createDeflateRaw({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES });
  yield HEADER;
  // An error of the source destroys `deflate`, and so reaches its reader.
  yield* pipeline(counted(evenly(source), sum), deflate, () => {});
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum.crc, 0);
  trailer.writeUInt32LE(sum.size % 2 ** 32, 4);
  yield trailer;
}

/** Blocks of one size, because a compressor's output may depend on the size of its input chunks. */
async function* evenly(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + CHUNK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CHUNK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafe(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function* counted(source: AsyncIterable<Buffer>, sum: { crc: number; size: number }): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    sum.crc = crc32(chunk, sum.crc);
    sum.size += chunk.length;
    yield chunk;
  }
}
