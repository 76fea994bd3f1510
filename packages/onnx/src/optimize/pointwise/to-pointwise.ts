import type { Attribute } from "../../graph/model.ts";
import { SourceModel, type SourceNode, type SourceTensor } from "./read-source.ts";
import { GRAPH, makeFloats, makeInts, makeNode, valueNames } from "./write-graph.ts";
import { messageField, type Pieces } from "./write-protobuf.ts";

const MODEL_GRAPH = 7;

/** Smaller layers are not worth the transposition of what goes in and out. */
const LEAST_WEIGHTS = 16_384;
/** ONNX Runtime blocks channels in multiples of 4 (nchwc_transformer.cc); others would stay as they are, only slower. */
const CHANNEL_MULTIPLE = 4;

/** One value in, one out of the same shape, element by element. */
const UNARY = new Set(
  "Abs Clip Elu Erf Gelu HardSigmoid HardSwish Identity LeakyRelu Mish Neg Relu Selu Sigmoid Softplus Softsign Sqrt Tanh".split(
    " ",
  ),
);
const BINARY = new Set(["Add", "Sub", "Mul", "Div"]);

/**
 * Rewrites the dense layers of a model as 1 x 1 convolutions over the rows of the batch: `x · W` with x [N, K] is a
 * convolution of an image of K channels, 1 high or wide and N the other way.
 *
 * The runtime stores the weights of a convolution in the file in the very order its kernel reads them in, while it
 * reorders ("prepacks") those of a matrix product in every process that loads it, into fresh memory. Whole chains of
 * layers and of element-wise functions stay in the new form; it is left where another operator needs the value.
 *
 * @param model an ONNX `ModelProto` with its weights inside.
 * @returns the rewritten model as pieces, or `undefined` where there is nothing to rewrite, or branches and loops make
 * it unsafe to.
 * @throws {TricastError} `model-invalid` where the bytes are not an ONNX model.
 */
export function toPointwise(model: Uint8Array): Pieces | undefined {
  const { source, others } = SourceModel.read(model) ?? {};
  if (source === undefined || others === undefined) return undefined;
  const graph = new GraphRewriter(source).rewrite();
  return graph === undefined ? undefined : [...others, ...messageField(MODEL_GRAPH, graph)];
}

/** A value as an image: `name` has shape [1, channels, N, 1]. */
interface Image {
  readonly name: string;
  readonly channels: number;
}

interface DenseLayer {
  readonly value: string;
  readonly weights: SourceTensor;
  readonly elements: Float32Array;
  /** Whether the weights are [out, in] already, as a convolution has them. */
  readonly transposed: boolean;
  readonly bias: Bias | undefined;
  readonly rows: number;
  readonly columns: number;
}

interface Bias {
  readonly name: string;
  readonly elements: Float32Array;
}

class GraphRewriter {
  private readonly source: SourceModel;
  /** Constants that the caller cannot replace. */
  private readonly constants: ReadonlyMap<string, SourceTensor>;
  /** Values known to have two dimensions. */
  private readonly flat = new Set<string>();
  private readonly images = new Map<string, Image>();
  /** Values that exist as images only: no node has needed them in their own form yet. */
  private readonly pending = new Set<string>();
  private readonly written: Uint8Array[] = [];
  /** Names of what the written nodes read. */
  private readonly read = new Set<string>();
  private readonly added = new Map<string, Pieces>();
  private layers = 0;

  constructor(source: SourceModel) {
    this.source = source;
    const inputs = new Set(source.inputs.map(({ name }) => name));
    const constants = source.initializers.filter(({ name }) => !inputs.has(name));
    this.constants = new Map(constants.map((constant) => [constant.name, constant]));
    for (const { name, dims } of source.inputs) if (dims?.length === 2) this.flat.add(name);
  }

  rewrite(): Pieces | undefined {
    const { source } = this;
    if (source.nodes.some(hasSubgraph)) return undefined;
    for (const node of source.nodes) this.rewriteNode(node);
    for (const { name } of source.outputs) this.flatten(name);
    if (this.layers === 0) return undefined;
    const outputs = new Set(source.outputs.map(({ name }) => name));
    // Weights that no node reads any more are left out.
    const kept = source.initializers.filter(({ name }) => this.read.has(name) || outputs.has(name));
    return [
      ...source.rest,
      ...this.written,
      ...kept.map(({ field }) => source.copy(field)),
      ...[...this.added.values()].flatMap((tensor) => messageField(GRAPH.initializer, tensor)),
    ];
  }

  private rewriteNode(node: SourceNode): void {
    const layer = this.denseLayer(node);
    if (layer !== undefined) this.writeLayer(layer, node.outputs[0]!);
    else if (this.isElementwise(node)) this.writeElementwise(node);
    else this.keep(node);
  }

  private keep(node: SourceNode): void {
    for (const input of node.inputs) this.flatten(input);
    this.push(node.inputs, [this.source.copy(node.field)]);
    const [first = ""] = node.inputs;
    const keepsRank = UNARY.has(node.op) && this.flat.has(first);
    if (node.domain === "" && (node.op === "Flatten" || node.op === "Gemm" || keepsRank))
      this.flat.add(node.outputs[0]!);
  }

  private denseLayer(node: SourceNode): DenseLayer | undefined {
    if (node.domain !== "" || (node.op !== "MatMul" && node.op !== "Gemm")) return undefined;
    const [value = "", weightsName = "", biasName = ""] = node.inputs;
    const weights = this.constants.get(weightsName);
    if (weights?.dims.length !== 2) return undefined;
    if (node.op === "MatMul" && !this.flat.has(value)) return undefined;
    if (node.op === "Gemm" && !isPlainGemm(node)) return undefined;
    const transposed = node.op === "Gemm" && node.attributes.get("transB")?.int === 1;
    const [rows, columns] = transposed ? [weights.dims[1]!, weights.dims[0]!] : [weights.dims[0]!, weights.dims[1]!];
    if (rows % CHANNEL_MULTIPLE !== 0 || rows * columns < LEAST_WEIGHTS) return undefined;
    const bias = this.biasOf(biasName, columns);
    if (biasName !== "" && bias === undefined) return undefined;
    const elements = this.source.floatsOf(weights);
    return elements && { value, weights, elements, transposed, bias, rows, columns };
  }

  private biasOf(name: string, columns: number): Bias | undefined {
    const bias = this.constants.get(name);
    const elements = bias?.dims.at(-1) === columns ? this.source.floatsOf(bias) : undefined;
    return elements?.length === columns ? { name, elements } : undefined;
  }

  private writeLayer({ value, weights, elements, transposed, bias, rows, columns }: DenseLayer, output: string): void {
    const image = this.toImage(value, rows);
    const kernel = this.add(`${weights.name}/kernel${transposed ? "/t" : ""}`, (name) =>
      makeFloats(name, [columns, rows, 1, 1], transposed ? elements : transpose(elements, rows, columns)),
    );
    const inputs = [image.name, kernel];
    if (bias !== undefined)
      inputs.push(this.add(`${bias.name}/bias`, (name) => makeFloats(name, [columns], bias.elements)));
    const name = `${output}/image`;
    this.write("Conv", inputs, name, { kernel_shape: [1, 1] });
    this.setImage(output, { name, channels: columns });
    this.layers++;
  }

  private isElementwise({ op, domain, inputs, outputs }: SourceNode): boolean {
    if (domain !== "" || outputs.length !== 1) return false;
    const [first, second] = inputs.map((name) => this.images.get(name));
    if (UNARY.has(op)) return first !== undefined && inputs.slice(1).every((name) => !this.images.has(name));
    return BINARY.has(op) && first !== undefined && second !== undefined && first.channels === second.channels;
  }

  private writeElementwise(node: SourceNode): void {
    const [output] = node.outputs as [string];
    const inputs = node.inputs.map((name) => this.images.get(name)?.name ?? name);
    const name = `${output}/image`;
    this.push(inputs, messageField(GRAPH.node, [...valueNames(inputs, [name]), ...this.source.bodyOf(node)]));
    this.setImage(output, { name, channels: this.images.get(node.inputs[0]!)!.channels });
  }

  private setImage(value: string, image: Image): void {
    this.images.set(value, image);
    this.pending.add(value);
    this.flat.add(value);
  }

  private toImage(value: string, channels: number): Image {
    const known = this.images.get(value);
    if (known !== undefined) return known;
    const [turned, name] = [`${value}/turned`, `${value}/image`];
    const shape = this.add(`shape/image/${channels}`, (constant) => makeInts(constant, [1, channels, -1, 1]));
    this.write("Transpose", [value], turned, { perm: [1, 0] });
    this.write("Reshape", [turned, shape], name);
    const image = { name, channels };
    this.images.set(value, image);
    return image;
  }

  /** Writes the value in its own form, where so far it exists as an image only. */
  private flatten(value: string): void {
    if (!this.pending.delete(value)) return;
    const { name, channels } = this.images.get(value)!;
    const shape = this.add(`shape/flat/${channels}`, (constant) => makeInts(constant, [channels, -1]));
    this.write("Reshape", [name, shape], `${value}/columns`);
    this.write("Transpose", [`${value}/columns`], value, { perm: [1, 0] });
  }

  private add(name: string, make: (name: string) => Pieces): string {
    if (!this.added.has(name)) this.added.set(name, make(name));
    return name;
  }

  private write(...[op, inputs, output, attributes]: Parameters<typeof makeNode>): void {
    this.push(inputs, messageField(GRAPH.node, makeNode(op, inputs, output, attributes)));
  }

  private push(inputs: readonly string[], node: Pieces): void {
    for (const name of inputs) this.read.add(name);
    this.written.push(...node);
  }
}

/** A branch or a loop body sees the values of the graph around it without naming them as inputs. */
function hasSubgraph({ attributes }: SourceNode): boolean {
  const has = ({ graph, graphs }: Attribute) => graph !== undefined || graphs !== undefined;
  return [...attributes.values()].some(has);
}

function isPlainGemm({ attributes }: SourceNode): boolean {
  const [alpha, beta] = ["alpha", "beta"].map((name) => attributes.get(name)?.float ?? 1);
  return alpha === 1 && beta === 1 && (attributes.get("transA")?.int ?? 0) === 0;
}

const TILE = 32;

/** Tile by tile, so that the lines of both sides stay in the cache. */
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
