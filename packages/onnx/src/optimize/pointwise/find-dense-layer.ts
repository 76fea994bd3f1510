import type { SourceModel, SourceNode, SourceTensor } from "./read-source.ts";

/** Smaller layers gain less than the transposition of inputs and outputs costs. */
const LEAST_WEIGHTS = 16_384;
/** ONNX Runtime blocks channels in multiples of 4 (nchwc_transformer.cc); other layers would keep their layout and become slower. */
const CHANNEL_MULTIPLE = 4;

/** `value · weights + bias`, along the last dimension of the value. */
export interface DenseLayer {
  readonly value: string;
  readonly weights: DenseConstant;
  /** Whether the weights are already [out, in], as in a convolution. */
  readonly transposed: boolean;
  readonly bias: DenseConstant | undefined;
  readonly features: number;
  readonly outputs: number;
}

export interface DenseConstant {
  readonly name: string;
  readonly elements: Float32Array;
}

/**
 * A node as a dense layer; `undefined` for other nodes, and for small layers.
 * @param constants By name, without constants that the caller can replace.
 */
export function findDenseLayer(
  source: SourceModel,
  node: SourceNode,
  constants: ReadonlyMap<string, SourceTensor>,
): DenseLayer | undefined {
  if (node.domain !== "" || !(node.op === "MatMul" || isPlainGemm(node))) return undefined;
  const [value = "", weightsName = "", biasName = ""] = node.inputs;
  const weights = constants.get(weightsName);
  if (weights?.dims.length !== 2) return undefined;
  const transposed = node.op === "Gemm" && node.attributes.get("transB")?.int === 1;
  const [features, outputs] = transposed ? [weights.dims[1]!, weights.dims[0]!] : [weights.dims[0]!, weights.dims[1]!];
  if (features % CHANNEL_MULTIPLE !== 0 || features * outputs < LEAST_WEIGHTS) return undefined;
  const bias = biasOf(source, constants.get(biasName), outputs);
  const elements = source.floatsOf(weights);
  if (elements === undefined || (biasName !== "" && bias === undefined)) return undefined;
  return { value, weights: { name: weightsName, elements }, transposed, bias, features, outputs };
}

function isPlainGemm({ op, attributes }: SourceNode): boolean {
  const [alpha, beta] = ["alpha", "beta"].map((name) => attributes.get(name)?.float ?? 1);
  return op === "Gemm" && alpha === 1 && beta === 1 && (attributes.get("transA")?.int ?? 0) === 0;
}

function biasOf(source: SourceModel, bias: SourceTensor | undefined, outputs: number): DenseConstant | undefined {
  const elements = bias?.dims.at(-1) === outputs ? source.floatsOf(bias) : undefined;
  return bias !== undefined && elements?.length === outputs ? { name: bias.name, elements } : undefined;
}

/** The weights in the order of a convolution: [out, in]. */
export function toKernel({ weights, transposed, features, outputs }: DenseLayer): Float32Array {
  return transposed ? weights.elements : transpose(weights.elements, features, outputs);
}

const TILE = 32;

/** Tile by tile, so that the lines of both matrices stay in the cache. */
function transpose(source: Float32Array, rows: number, columns: number): Float32Array {
  const target = new Float32Array(source.length);
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      const [bottom, right] = [Math.min(top + TILE, rows), Math.min(left + TILE, columns)];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) target[column * rows + row] = source[row * columns + column]!;
      }
    }
  }
  return target;
}
