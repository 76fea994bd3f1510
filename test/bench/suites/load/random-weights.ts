/** Marsaglia's xorshift32: the same weights on every machine. */
export function randomWeights(seed: number): (count: number, scale: number) => Float32Array {
  let state = (seed ^ 0x9e3779b9) | 1;
  return (count, scale) => {
    const weights = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      weights[index] = (state / 2 ** 31) * scale;
    }
    return weights;
  };
}
