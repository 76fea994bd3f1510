import { TricastError } from "@tricast/core";

/** One image, row by row from the top left. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Lightness of each pixel, 0 (black) to 1 (white). */
  readonly light: Float32Array;
  /** Opacity of each pixel, 0 (clear) to 1 (solid). */
  readonly alpha: Float32Array;
}

/** Largest number of pixels of a PNG. With 16 bits per channel, they need 32 MB of scanlines. */
export const MAX_PIXELS = 4_000_000;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

/** A rectangle of pixels sent together: pixel (x, y) of the pass is at (left + x * stepX, top + y * stepY). */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const PALETTE = 3;
/** Bit depths and channels by colour type (PNG third edition, table 8). */
const COLOURS: Readonly<Record<number, { readonly depths: readonly number[]; readonly channels: number }>> = {
  0: { depths: [1, 2, 4, 8, 16], channels: 1 },
  2: { depths: [8, 16], channels: 3 },
  3: { depths: [1, 2, 4, 8], channels: 1 },
  4: { depths: [8, 16], channels: 2 },
  6: { depths: [8, 16], channels: 4 },
};
/** Left, top, step across, step down of the seven Adam7 passes (PNG third edition, section 8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Decodes a PNG of any colour type, depth and interlacing. Libraries are not used, because they inflate without a
 * limit: a 200 kB body could fill the instance's memory. They also take longer to import (bundled, best of 31: upng-js
 * 3.6 ms, pngjs 8.8, fast-png 10.6; this file with node:zlib 2.9).
 *
 * @throws {TricastError} `invalid-body` with the fault of the file.
 */
export function decodePng(file: Uint8Array): Picture {
  const chunks = readChunks(file);
  const header = readHeader(chunks.get("IHDR")?.[0]);
  const passes = listPasses(header);
  const palette = chunks.get("PLTE")?.[0];
  const clear = chunks.get("tRNS")?.[0];
  if (header.colour === PALETTE && palette === undefined) throw broken("it has colour type 3 but no palette");
  const data = inflate(chunks.get("IDAT") ?? [], sum(passes.map((pass) => scanlineBytes(header, pass))));
  const count = header.width * header.height;
  const light = new Float32Array(count);
  const alpha = new Float32Array(count);
  const toPixel = pixelReader(header, palette, clear);
  const samples = new Uint16Array(header.channels);

  let offset = 0;
  for (const pass of passes) {
    const end = offset + scanlineBytes(header, pass);
    const stride = rowBytes(header, pass.columns);
    const bytes = data.subarray(offset, end);
    unfilter(bytes, stride, Math.max(1, (header.depth * header.channels) >> 3));
    for (let y = 0; y < pass.rows; y++) {
      const row = bytes.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1));
      for (let x = 0; x < pass.columns; x++) {
        for (let c = 0; c < header.channels; c++) samples[c] = sampleAt(row, x * header.channels + c, header.depth);
        const at = (pass.top + y * pass.stepY) * header.width + pass.left + x * pass.stepX;
        toPixel(samples, light, alpha, at);
      }
    }
    offset = end;
  }
  return { width: header.width, height: header.height, light, alpha };
}

/** Chunk bodies by type. Checksums are not compared: a wrong pixel harms only the client that sent it. */
function readChunks(file: Uint8Array): Map<string, Uint8Array[]> {
  if (!SIGNATURE.every((byte, i) => file[i] === byte)) throw broken("it does not begin with the PNG signature");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks = new Map<string, Uint8Array[]>();
  for (let offset = SIGNATURE.length; offset + 12 <= file.length; ) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...file.subarray(offset + 4, offset + 8));
    const body = file.subarray(offset + 8, offset + 8 + length);
    if (offset + 12 + length > file.length) throw broken(`its ${type} chunk is cut off`);
    if (type === "IEND") return chunks;
    const siblings = chunks.get(type);
    if (siblings === undefined) chunks.set(type, [body]);
    else siblings.push(body);
    offset += 12 + length;
  }
  throw broken("it ends before its IEND chunk");
}

function readHeader(chunk: Uint8Array | undefined): Header {
  if (chunk?.length !== 13) throw broken("it has no IHDR chunk of 13 bytes");
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  if (width === 0 || height === 0) throw broken(`it is ${width} x ${height} pixels`);
  if (width * height > MAX_PIXELS) throw broken(`it is ${width} x ${height} pixels; send at most ${MAX_PIXELS}`);
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = chunk.subarray(8);
  const rule = COLOURS[colour];
  if (!rule?.depths.includes(depth)) throw broken(`colour type ${colour} with ${depth} bits is not a PNG format`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw broken("its compression, filter or interlace method is unknown");
  return { width, height, depth, colour, channels: rule.channels, interlaced: interlace === 1 };
}

function listPasses({ width, height, interlaced }: Header): Pass[] {
  if (!interlaced) return [{ left: 0, top: 0, stepX: 1, stepY: 1, columns: width, rows: height }];
  return ADAM7.map(([left, top, stepX, stepY]) => ({
    left,
    top,
    stepX,
    stepY,
    columns: Math.ceil((width - left) / stepX),
    rows: Math.ceil((height - top) / stepY),
  })).filter(({ columns, rows }) => columns > 0 && rows > 0);
}

function rowBytes({ depth, channels }: Header, columns: number): number {
  return Math.ceil((columns * channels * depth) / 8);
}

/** Each row is preceded by one byte that names its filter. */
function scanlineBytes(header: Header, pass: Pass): number {
  return pass.rows * (1 + rowBytes(header, pass.columns));
}

/** Exactly `size` bytes: larger data is refused while it is inflated, before it is allocated. */
function inflate(parts: readonly Uint8Array[], size: number): Uint8Array {
  // Loaded here, because only requests with a picture need it.
  const { inflateSync } = process.getBuiltinModule("node:zlib");
  let data: Uint8Array;
  try {
    data = inflateSync(Buffer.concat(parts), { maxOutputLength: size });
  } catch (cause) {
    throw broken("its pixel data cannot be inflated to the size in its header", cause);
  }
  if (data.length !== size) throw broken(`it holds ${data.length} bytes of pixel data; its header needs ${size}`);
  return data;
}

/** Undoes the row filters in place (PNG third edition, section 9). */
function unfilter(data: Uint8Array, stride: number, pixelBytes: number): void {
  for (let start = 0; start < data.length; start += stride + 1) {
    const predict = FILTERS[data[start]!];
    if (predict === undefined) throw broken(`its row filter ${data[start]} does not exist`);
    for (let i = 1; i <= stride; i++) {
      const at = start + i;
      const left = i > pixelBytes ? data[at - pixelBytes]! : 0;
      const up = start > 0 ? data[at - stride - 1]! : 0;
      const upLeft = start > 0 && i > pixelBytes ? data[at - stride - 1 - pixelBytes]! : 0;
      data[at] = data[at]! + predict(left, up, upLeft);
    }
  }
}

type Filter = (left: number, up: number, upLeft: number) => number;

const FILTERS: readonly Filter[] = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, upLeft) => {
    const toLeft = Math.abs(up - upLeft);
    const toUp = Math.abs(left - upLeft);
    const toUpLeft = Math.abs(left + up - 2 * upLeft);
    if (toLeft <= toUp && toLeft <= toUpLeft) return left;
    return toUp <= toUpLeft ? up : upLeft;
  },
];

function sampleAt(row: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return row[index]!;
  if (depth === 16) return row[2 * index]! * 256 + row[2 * index + 1]!;
  const bit = index * depth;
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

type ToPixel = (samples: Uint16Array, light: Float32Array, alpha: Float32Array, at: number) => void;

function pixelReader(header: Header, palette: Uint8Array | undefined, clear: Uint8Array | undefined): ToPixel {
  const { colour, channels, depth } = header;
  const max = 2 ** depth - 1;
  if (colour === PALETTE) {
    const colours = palette ?? new Uint8Array();
    return ([index = 0], light, alpha, at) => {
      if (3 * index + 2 >= colours.length) throw broken(`a pixel has colour ${index}, which its palette lacks`);
      light[at] = luma(colours[3 * index]!, colours[3 * index + 1]!, colours[3 * index + 2]!) / 255;
      alpha[at] = (clear?.[index] ?? 255) / 255;
    };
  }
  const colourChannels = channels > 2 ? 3 : 1;
  const hasAlpha = channels > colourChannels;
  const clearColour = hasAlpha || clear?.length !== 2 * colourChannels ? undefined : clear;
  return (samples, light, alpha, at) => {
    light[at] = (colourChannels === 3 ? luma(samples[0]!, samples[1]!, samples[2]!) : samples[0]!) / max;
    if (hasAlpha) alpha[at] = samples[colourChannels]! / max;
    else alpha[at] = clearColour !== undefined && isColour(samples, clearColour) ? 0 : 1;
  };
}

function isColour(samples: Uint16Array, colour: Uint8Array): boolean {
  return samples.every((sample, i) => sample === colour[2 * i]! * 256 + colour[2 * i + 1]!);
}

/** ITU-R BT.601 luma, the usual conversion of colour to grey. */

function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function broken(reason: string, cause?: unknown): TricastError {
  return new TricastError("invalid-body", `The PNG cannot be read: ${reason}`, { cause });
}
