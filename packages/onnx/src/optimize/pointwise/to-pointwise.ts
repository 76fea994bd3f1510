import {
  floatAttribute,
  floatsOf,
  hasSubgraph,
  type Initializer,
  intAttribute,
  makeFloats,
  makeInts,
  makeNode,
  type Node,
  readInitializer,
  readNode,
  renamed,
} from "./graph.ts";
import { bytesField, type Field, fieldPieces, messageHead, messagesOf, readFields, textOf } from "./proto.ts";

/** Field numbers of onnx/onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 };
const VALUE_NAME = 1;

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
 */
export function toPointwise(model: Uint8Array): Uint8Array[] | undefined {
  const fields = readFields(model);
  const [graph, ...more] = messagesOf(fields, MODEL_GRAPH);
  if (graph === undefined || more.length > 0) return undefined;
  const rewritten = new GraphRewriter(readFields(graph)).rewrite();
  if (rewritten === undefined) return undefined;
  const pieces = fieldPieces(rewritten);
  const length = pieces.reduce((total, piece) => total + piece.length, 0);
  const others = fields.filter(({ number }) => number !== MODEL_GRAPH);
  return [...fieldPieces(others), messageHead(MODEL_GRAPH, length), ...pieces];
}

/** A value as an image: `name` has shape [1, channels, N, 1]. */
interface Image {
  readonly name: string;
  readonly channels: number;
}

interface DenseLayer {
  readonly value: string;
  readonly weights: Initializer;
  /** Whether the weights are [out, in] already, as a convolution has them. */
  readonly transposed: boolean;
  readonly bias: Initializer | undefined;
  readonly rows: number;
  readonly columns: number;
}

class GraphRewriter {
  private readonly fields: readonly Field[];
  private readonly nodes: readonly Node[];
  private readonly initializers: ReadonlyMap<string, Initializer>;
  private readonly outputs: readonly string[];
  /** Values known to have two dimensions. */
  private readonly flat = new Set<string>();
  private readonly images = new Map<string, Image>();
  /** Values that exist in their own form: all but those of layers whose flat form nobody has needed yet. */
  private readonly pending = new Set<string>();
  private readonly written: (readonly Field[])[] = [];
  private readonly added = new Map<string, readonly Field[]>();
  private layers = 0;

  constructor(fields: readonly Field[]) {
    this.fields = fields;
    this.nodes = messagesOf(fields, GRAPH.node).map((node) => readNode(readFields(node), readFields));
    this.outputs = messagesOf(fields, GRAPH.output).map((value) => textOf(readFields(value), VALUE_NAME));
    const inputs = messagesOf(fields, GRAPH.input).map((input) => readFields(input));
    const inputNames = new Set(inputs.map((input) => textOf(input, VALUE_NAME)));
    this.initializers = new Map(
      messagesOf(fields, GRAPH.initializer)
        .map((tensor) => readInitializer(readFields(tensor)))
        // The caller may give another value for a constant that is an input too.
        .filter(({ name }) => !inputNames.has(name))
        .map((constant) => [constant.name, constant]),
    );
    for (const input of inputs) if (rankOf(input) === 2) this.flat.add(textOf(input, VALUE_NAME));
  }

  rewrite(): Field[] | undefined {
    if (this.nodes.some(hasSubgraph)) return undefined;
    for (const node of this.nodes) this.rewriteNode(node);
    for (const output of this.outputs) this.flatten(output);
    if (this.layers === 0) return undefined;
    const replaced = new Set<number>([GRAPH.node, GRAPH.initializer, GRAPH.valueInfo]);
    return [
      ...this.fields.filter(({ number }) => !replaced.has(number)),
      ...this.written.map((node) => messageOf(GRAPH.node, node)),
      ...this.constants().map((tensor) => messageOf(GRAPH.initializer, tensor)),
    ];
  }

  private rewriteNode(node: Node): void {
    const layer = this.denseLayer(node);
    if (layer !== undefined) this.writeLayer(layer, node.outputs[0]!);
    else if (this.isElementwise(node)) this.writeElementwise(node);
    else this.keep(node);
  }

  private keep(node: Node): void {
    for (const input of node.inputs) this.flatten(input);
    this.written.push(node.fields);
    const [first = ""] = node.inputs;
    const keepsRank = UNARY.has(node.op) && this.flat.has(first);
    if (node.domain === "" && (node.op === "Flatten" || node.op === "Gemm" || keepsRank))
      this.flat.add(node.outputs[0]!);
  }

  private denseLayer(node: Node): DenseLayer | undefined {
    if (node.domain !== "" || (node.op !== "MatMul" && node.op !== "Gemm")) return undefined;
    const [value = "", weightsName = "", biasName = ""] = node.inputs;
    const weights = this.initializers.get(weightsName);
    if (weights === undefined || !weights.isFloat || weights.dims.length !== 2) return undefined;
    if (node.op === "MatMul" && !this.flat.has(value)) return undefined;
    if (node.op === "Gemm" && !isPlainGemm(node)) return undefined;
    const transposed = node.op === "Gemm" && intAttribute(node, "transB", 0) === 1;
    const [rows, columns] = transposed ? [weights.dims[1]!, weights.dims[0]!] : [weights.dims[0]!, weights.dims[1]!];
    if (rows % CHANNEL_MULTIPLE !== 0 || rows * columns < LEAST_WEIGHTS) return undefined;
    const bias = this.initializers.get(biasName);
    if (biasName !== "" && !isBias(bias, columns)) return undefined;
    if (floatsOf(weights) === undefined) return undefined;
    return { value, weights, transposed, bias, rows, columns };
  }

  private writeLayer(layer: DenseLayer, output: string): void {
    const { weights, bias, rows, columns } = layer;
    const image = this.toImage(layer.value, rows);
    const kernel = this.add(`${weights.name}/kernel${layer.transposed ? "/t" : ""}`, (name) => {
      const elements = floatsOf(weights)!;
      return makeFloats(name, [columns, rows, 1, 1], layer.transposed ? elements : transpose(elements, rows, columns));
    });
    const inputs = [image.name, kernel];
    if (bias !== undefined) {
      inputs.push(this.add(`${bias.name}/bias`, (name) => makeFloats(name, [columns], floatsOf(bias)!)));
    }
    const name = `${output}/image`;
    this.written.push(makeNode("Conv", inputs, name, { kernel_shape: [1, 1] }));
    this.setImage(output, { name, channels: columns });
    this.layers++;
  }

  private isElementwise({ op, domain, inputs, outputs }: Node): boolean {
    if (domain !== "" || outputs.length !== 1) return false;
    const [first, second] = inputs.map((name) => this.images.get(name));
    if (UNARY.has(op)) return first !== undefined && inputs.slice(1).every((name) => !this.images.has(name));
    return BINARY.has(op) && first !== undefined && second !== undefined && first.channels === second.channels;
  }

  private writeElementwise(node: Node): void {
    const [output] = node.outputs as [string];
    const inputs = node.inputs.map((name) => this.images.get(name)?.name ?? name);
    const name = `${output}/image`;
    this.written.push(renamed(node, inputs, [name]));
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
    this.written.push(makeNode("Transpose", [value], turned, { perm: [1, 0] }));
    this.written.push(makeNode("Reshape", [turned, shape], name));
    const image = { name, channels };
    this.images.set(value, image);
    return image;
  }

  /** Writes the value in its own form, where so far it exists as an image only. */
  private flatten(value: string): void {
    if (!this.pending.delete(value)) return;
    const { name, channels } = this.images.get(value)!;
    const shape = this.add(`shape/flat/${channels}`, (constant) => makeInts(constant, [channels, -1]));
    this.written.push(makeNode("Reshape", [name, shape], `${value}/columns`));
    this.written.push(makeNode("Transpose", [`${value}/columns`], value, { perm: [1, 0] }));
  }

  private add(name: string, make: (name: string) => readonly Field[]): string {
    if (!this.added.has(name)) this.added.set(name, make(name));
    return name;
  }

  /** Weights that no node reads any more are left out. */
  private constants(): (readonly Field[])[] {
    const read = new Set([...this.written.flatMap((node) => readNode(node, readFields).inputs), ...this.outputs]);
    const kept = messagesOf(this.fields, GRAPH.initializer)
      .map((tensor) => readFields(tensor))
      .filter((tensor) => read.has(readInitializer(tensor).name));
    return [...kept, ...this.added.values()];
  }
}

function messageOf(number: number, fields: readonly Field[]): Field {
  return bytesField(number, Buffer.concat(fieldPieces(fields)));
}

/** `ValueInfoProto.type.tensor_type.shape.dim`; `undefined` for an open rank. */
function rankOf(value: readonly Field[]): number | undefined {
  const inner = (fields: readonly Field[] | undefined, number: number): Field[] | undefined => {
    const message = fields === undefined ? undefined : messagesOf(fields, number)[0];
    return message === undefined ? undefined : readFields(message);
  };
  const tensor = inner(inner(value, 2), 1);
  const shape = inner(tensor, 2);
  return shape === undefined ? undefined : messagesOf(shape, 1).length;
}

function isPlainGemm(node: Node): boolean {
  const plain = floatAttribute(node, "alpha", 1) === 1 && floatAttribute(node, "beta", 1) === 1;
  return plain && intAttribute(node, "transA", 0) === 0;
}

function isBias(bias: Initializer | undefined, columns: number): boolean {
  if (bias === undefined || !bias.isFloat || floatsOf(bias) === undefined) return false;
  return bias.dims.at(-1) === columns && bias.dims.reduce((product, dim) => product * dim, 1) === columns;
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
