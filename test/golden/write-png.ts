import { crc32, deflateSync } from "node:zlib";

/** A picture as PNG keeps it. */
export interface Sketch {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly channels: 1 | 2 | 3 | 4;
  /** Row by row, channel by channel. */
  readonly samples: readonly number[];
}

export const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

interface Extras {
  readonly colour?: number;
  readonly extra?: readonly Uint8Array[];
}

export function writePng(
  sketch: Sketch,
  scanlines: readonly number[] | Uint8Array,
  { colour, extra = [] }: Extras = {},
): Uint8Array {
  const header = headerChunk(sketch, colour ?? { 1: 0, 2: 4, 3: 2, 4: 6 }[sketch.channels]);
  return join([SIGNATURE, header, ...extra, chunk("IDAT", deflateSync(Uint8Array.from(scanlines))), chunk("IEND", [])]);
}

export function headerChunk({ width, height, depth }: Sketch, colour: number): Uint8Array {
  return chunk("IHDR", [...uint32(width), ...uint32(height), depth, colour, 0, 0, 0]);
}

export function chunk(type: string, body: ArrayLike<number>): Uint8Array {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), Uint8Array.from(body)]);
  return join([uint32(body.length), typed, uint32(crc32(typed))]);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function pixelBytes({ depth, channels }: Sketch): number {
  return Math.max(1, (depth * channels) / 8);
}

/** Rows of samples as bytes, most significant bit first. */
export function packRows({ width, height, depth, channels, samples }: Sketch): number[][] {
  return Array.from({ length: height }, (_, y) => {
    const row = samples.slice(y * width * channels, (y + 1) * width * channels);
    const bits = row.map((sample) => sample.toString(2).padStart(depth, "0")).join("");
    return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
  });
}

export function filterRows(
  rows: readonly (readonly number[])[],
  bytesPerPixel: number,
  filters: readonly number[],
): number[] {
  return rows.flatMap((row, y) => {
    const filter = filters[y % filters.length]!;
    const above = rows[y - 1] ?? row.map(() => 0);
    const filtered = row.map((byte, x) => {
      const left = row[x - bytesPerPixel] ?? 0;
      const upLeft = above[x - bytesPerPixel] ?? 0;
      return (
        (byte - [0, left, above[x]!, Math.floor((left + above[x]!) / 2), paeth(left, above[x]!, upLeft)][filter]!) & 255
      );
    });
    return [filter, ...filtered];
  });
}

/** Of left, up and upper left, the one nearest to left + up - upper left; earlier ones win ties. */
function paeth(left: number, up: number, upLeft: number): number {
  const target = left + up - upLeft;
  return [left, up, upLeft].sort((a, b) => Math.abs(a - target) - Math.abs(b - target))[0]!;
}
