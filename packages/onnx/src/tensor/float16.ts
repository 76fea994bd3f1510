/**
 * Conversions to and from IEEE 754 binary16 bits, exact and rounding to nearest, ties to even.
 * `Math.f16round` and `Float16Array` exist from Node 24 on only.
 */

const SIGN = 0x8000;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
const SMALLEST_NORMAL = 2 ** -14;
/** Distance between neighbours below the smallest normal. */
const SUBNORMAL_STEP = 2 ** -24;
/** From here on the nearest binary16 is infinity: half a step over the largest finite value, 65504. */
export const FLOAT16_OVERFLOW = 65520;

const scratch = new DataView(new ArrayBuffer(8));

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

/** Dividing by a power of two is exact, and so is the multiple of the last place that gets rounded. */
function normalBits(magnitude: number): number {
  scratch.setFloat64(0, magnitude);
  const exponent = ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
  // 1024 to 2048 steps; 2048 carries into the exponent, which the sum below does by itself.
  const steps = roundHalfToEven(magnitude * 2 ** (10 - exponent));
  return ((exponent + 14) << 10) + steps;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The number that binary16 `bits` stand for. */
export function float16Value(bits: number): number {
  const sign = bits & SIGN ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SUBNORMAL_STEP;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
