/**
 * Conversions to and from IEEE 754 binary16 bits, exact and rounding to nearest, ties to even.
 * `Math.f16round` and `Float16Array` exist only from Node 24 on.
 */

const SIGN = 0x8000;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
/** The dropped bits of the upper word, if they are exactly half of the last kept bit. */
const HALF = 0x200;
const SMALLEST_NORMAL = 2 ** -14;
/** Distance between neighbours below the smallest normal. */
const SUBNORMAL_STEP = 2 ** -24;
/** Half a step over the largest finite value, 65504. This and larger numbers are rounded to infinity. */
export const FLOAT16_OVERFLOW = 65520;

const double = new Float64Array(1);
/** Low and high half of {@link double}: all platforms of the runtime are little-endian. */
const words = new Uint32Array(double.buffer);

/** The binary16 bits nearest to `value`. Magnitudes of 65,520 and more become infinity. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = value < 0 || Object.is(value, -0) ? SIGN : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= FLOAT16_OVERFLOW) return sign | INFINITY_BITS;
  // A subnormal that rounds up to 1024 steps is the smallest normal, whose bits are 1024.
  if (magnitude < SMALLEST_NORMAL) return sign | roundHalfToEven(magnitude / SUBNORMAL_STEP);
  return sign | normalBits(magnitude);
}

/** Keeps 10 of the 52 fraction bits. The 42 dropped bits decide the rounding, and a tie goes to the even neighbour. */
function normalBits(magnitude: number): number {
  double[0] = magnitude;
  const high = words[1]!;
  const exponent = (high >>> 20) - 1023;
  const bits = ((exponent + 15) << 10) | ((high >>> 10) & 0x3ff);
  const dropped = high & 0x3ff;
  const up = dropped > HALF || (dropped === HALF && (words[0] !== 0 || (bits & 1) === 1));
  // Rounding up the largest fraction carries into the exponent: the result is the next power of two.
  return up ? bits + 1 : bits;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The number that binary16 `bits` encode. */
export function float16Value(bits: number): number {
  const sign = bits & SIGN ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SUBNORMAL_STEP;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
