import { decodePng, type Picture } from "./png.ts";

/** Pixels along one side of the model's input. */
const SIDE = 8;
/** The ink of a black pixel, as in scikit-learn's digits. */
const FULL = 16;

/**
 * The model's input of 64 pixels from a PNG of any size, each 0 (paper) to 16 (ink), by area averaging.
 * Pixels that differ from the border are ink, so dark on light and light on dark give the same result.
 * A picture that is not square is centred in a square.
 *
 * @throws {TricastError} `invalid-body` if the file is not a readable PNG.
 */
export function pngToPixels(file: Uint8Array): number[] {
  const picture = decodePng(file);
  const light = flatten(picture);
  const isDarkOnLight = borderLight(light, picture) > 0.5;
  const ink = isDarkOnLight ? light.map((value) => 1 - value) : light;
  return shrink(ink, picture).map((value) => Math.min(FULL, value * FULL));
}

/** Puts the picture on white paper, or on black paper if the visible pixels are mostly light. */
function flatten({ light, alpha }: Picture): Float32Array {
  let opacity = 0;
  let lightness = 0;
  for (let i = 0; i < light.length; i++) {
    opacity += alpha[i]!;
    lightness += alpha[i]! * light[i]!;
  }
  const paper = lightness > opacity / 2 ? 0 : 1;
  return light.map((value, i) => alpha[i]! * value + (1 - alpha[i]!) * paper);
}

function borderLight(light: Float32Array, { width, height }: Picture): number {
  let total = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    const isEdgeRow = y === 0 || y === height - 1;
    for (let x = 0; x < width; x += isEdgeRow ? 1 : Math.max(1, width - 1)) {
      total += light[y * width + x]!;
      count++;
    }
  }
  return total / count;
}

/** Area averaging to 8 x 8, first across, then down; outside the picture the paper is blank. */
function shrink(ink: Float32Array, { width, height }: Picture): number[] {
  const across = overlaps(width, Math.max(width, height));
  const down = overlaps(height, Math.max(width, height));
  const narrow = new Float64Array(height * SIDE);
  for (let y = 0; y < height; y++) {
    for (const { source, target, share } of across) narrow[y * SIDE + target]! += share * ink[y * width + source]!;
  }
  const small = new Array<number>(SIDE * SIDE).fill(0);
  for (const { source, target, share } of down) {
    for (let x = 0; x < SIDE; x++) small[target * SIDE + x]! += share * narrow[source * SIDE + x]!;
  }
  return small;
}

/** The share of each target cell that each of `size` source cells covers, centred in a square of `square` cells. */

function overlaps(size: number, square: number): { source: number; target: number; share: number }[] {
  const scale = SIDE / square;
  const margin = (square - size) / 2;
  const shares: { source: number; target: number; share: number }[] = [];
  for (let source = 0; source < size; source++) {
    const start = (margin + source) * scale;
    const end = start + scale;
    for (let target = Math.floor(start); target < Math.min(SIDE, end); target++) {
      const share = Math.min(end, target + 1) - Math.max(start, target);
      if (share > 0) shares.push({ source, target, share });
    }
  }
  return shares;
}
