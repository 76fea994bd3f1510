import { TricastError } from "@tricast/core";
import { toNested } from "./to-nested.ts";
import { ARRAY_OF, type Nested, type TensorData, type TensorType } from "./types.ts";

const BRAND = Symbol.for("tricast.tensor");

/**
 * A tensor in the form of the runtime: element type, dimensions, and the elements in row-major order.
 *
 * @example
 * const x = new Tensor("float32", Float32Array.of(5.1, 3.5, 1.4, 0.2), [1, 4]);
 * const { probabilities } = await model.run({ x });
 */
export class Tensor<T extends TensorType = TensorType> {
  readonly type: T;
  readonly data: TensorData<T>;
  readonly dims: readonly number[];

  /**
   * Uses `data` without a copy.
   *
   * @param data The array that {@link TensorData} names for `type`; float16 takes `Uint16Array` bits.
   * @throws {TricastError} `invalid-tensor` when `data` is of another kind, or its length does not fit `dims`.
   */
  constructor(type: T, data: TensorData<T>, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
    if (data.length !== elementCount(dims)) throw wrongLength(type, data.length, dims);
    if (!holds(type, data)) throw wrongData(type, data);
  }

  /** The location of the elements, which the runtime reads from every tensor. */
  get location(): "cpu" {
    return "cpu";
  }

  get [BRAND](): true {
    return true;
  }

  /**
   * Nested arrays, row by row. Floats keep NaN and infinities; float16 is widened exactly; `bool` gives booleans;
   * int64 and uint64 give numbers, or bigints outside the safe integers (beyond ±9,007,199,254,740,991).
   */
  toArray(): Nested<number | bigint | boolean | string> {
    return toNested(this, false);
  }

  /** As {@link toArray}, with `"NaN"`, `"Infinity"` and `"-Infinity"` for values that are not JSON numbers (proto3's JSON mapping). */
  toJSON(): Nested<number | bigint | boolean | string> {
    return toNested(this, true);
  }
}

/** A brand check and not `instanceof`: a bundle and a layer may each carry a copy of this class. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < dims.length; i++) count *= dims[i]!;
  return count;
}

/** By name and not `instanceof`: test runners with their own realm would otherwise refuse the runtime's arrays. */
function holds(type: TensorType, data: TensorData): boolean {
  if (type === "string") return Array.isArray(data);
  return (data as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === ARRAY_OF[type]?.name;
}

function wrongLength(type: string, length: number, dims: readonly number[]): TricastError {
  const shape = `[${dims.join(", ")}]`;
  return new TricastError(
    "invalid-tensor",
    `a ${type} tensor of shape ${shape} has ${elementCount(dims)} elements, but its data has ${length}`,
    { fromModel: true },
  );
}

function wrongData(type: TensorType, data: unknown): TricastError {
  const expected = type === "string" ? "an array of strings" : ARRAY_OF[type]?.name;
  if (expected === undefined) {
    const types = [...Object.keys(ARRAY_OF), "string"].join(", ");
    return new TricastError("invalid-tensor", `${String(type)} is not a tensor type; the types are ${types}`, {
      fromModel: true,
    });
  }
  const seen = (data as { constructor?: { name?: string } }).constructor?.name ?? typeof data;
  return new TricastError("invalid-tensor", `the data of a ${type} tensor must be ${expected}, and is ${seen}`, {
    fromModel: true,
  });
}
