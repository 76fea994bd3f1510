import type { Attribute } from "../../graph/model.ts";
import { type DenseLayer, findDenseLayer, toKernel } from "./find-dense-layer.ts";
import { SourceModel, type SourceNode, type SourceTensor } from "./read-source.ts";
import { GRAPH, makeFloats, makeInts, makeNode, valueNames } from "./write-graph.ts";
import { messageField, type Pieces } from "./write-protobuf.ts";

const MODEL_GRAPH = 7;
/** Before this operator set, Slice has its positions in attributes. */
const SLICE_BY_INPUTS = 10;

/** Functions of one value that work element by element, and keep the shape. */
const UNARY = new Set(
  "Abs Clip Elu Erf Gelu HardSigmoid HardSwish Identity LeakyRelu Mish Neg Relu Selu Sigmoid Softplus Softsign Sqrt Tanh".split(
    " ",
  ),
);
const BINARY = new Set(["Add", "Sub", "Mul", "Div"]);

/**
 * Rewrites the dense layers of a model as 1 x 1 convolutions: `x · W` with x [..., K] is a convolution of an image of K
 * channels that is one pixel wide, and as high as there are rows in the dimensions before the last.
 *
 * The runtime stores the weights of a convolution in the file in the order in which its kernel reads them. The weights of
 * a matrix product are reordered ("prepacked") into new memory in every process that loads the model. Chains of layers
 * and of element-wise functions keep the new form. It is converted back where another operator needs the value.
 *
 * @param model An ONNX `ModelProto` that contains its weights.
 * @returns The rewritten model as pieces, or `undefined` for a model without such layers, or with branches or loops, which
 * make rewriting unsafe.
 * @throws {TricastError} `model-invalid` where the bytes are not an ONNX model.
 */
export function toPointwise(model: Uint8Array): Pieces | undefined {
  const { source, others } = SourceModel.read(model) ?? {};
  if (source === undefined || others === undefined) return undefined;
  const graph = new GraphRewriter(source).rewrite();
  return graph === undefined ? undefined : [...others, ...messageField(MODEL_GRAPH, graph)];
}

/** A value as an image: `name` has shape [1, channels, rows, 1]. */
interface Image {
  readonly name: string;
  readonly channels: number;
  /** The value whose dimensions before the last are its rows; `undefined` for a value with two dimensions. */
  readonly rowsOf: string | undefined;
}

class GraphRewriter {
  private readonly source: SourceModel;
  /** Constants that the caller cannot replace. */
  private readonly constants: ReadonlyMap<string, SourceTensor>;
  /** Values known to have two dimensions. */
  private readonly flat = new Set<string>();
  private readonly images = new Map<string, Image>();
  /** Values that so far exist only as images: none of the nodes has needed their own form. */
  private readonly pending = new Set<string>();
  private readonly written: Uint8Array[] = [];
  /** Names of the values that the written nodes read. */
  private readonly read = new Set<string>();
  private readonly added = new Map<string, Pieces>();
  /** Shapes that written nodes compute. */
  private readonly shapes = new Set<string>();
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
    for (const { name } of source.outputs) this.restore(name);
    if (this.layers === 0) return undefined;
    const outputs = new Set(source.outputs.map(({ name }) => name));
    // Weights that the nodes no longer read are left out.
    const kept = source.initializers.filter(({ name }) => this.read.has(name) || outputs.has(name));
    return [
      ...source.rest,
      ...this.written,
      ...kept.map(({ field }) => source.copy(field)),
      ...[...this.added.values()].flatMap((tensor) => messageField(GRAPH.initializer, tensor)),
    ];
  }

  private rewriteNode(node: SourceNode): void {
    const layer = findDenseLayer(this.source, node, this.constants);
    if (layer !== undefined && this.hasRows(node.op, layer)) this.writeLayer(node.op, layer, node.outputs[0]!);
    else if (!this.writeElementwise(node)) this.keep(node);
  }

  /** Whether the dimensions of a layer's rows can be restored. */
  private hasRows(op: string, { value }: DenseLayer): boolean {
    return op === "Gemm" || this.flat.has(value) || this.source.opset >= SLICE_BY_INPUTS;
  }

  private keep(node: SourceNode): void {
    for (const input of node.inputs) this.restore(input);
    this.push(node.inputs, [this.source.copy(node.field)]);
    const [first = ""] = node.inputs;
    const keepsRank = UNARY.has(node.op) && this.flat.has(first);
    if (node.domain === "" && (node.op === "Flatten" || node.op === "Gemm" || keepsRank))
      this.flat.add(node.outputs[0]!);
  }

  private writeLayer(op: string, layer: DenseLayer, output: string): void {
    const { value, weights, transposed, bias, features, outputs } = layer;
    if (op === "Gemm") this.flat.add(value);
    const image = this.toImage(value, features);
    const kernel = this.add(`${weights.name}/kernel${transposed ? "/t" : ""}`, (name) =>
      makeFloats(name, [outputs, features, 1, 1], toKernel(layer)),
    );
    const inputs = [image.name, kernel];
    if (bias !== undefined)
      inputs.push(this.add(`${bias.name}/bias`, (name) => makeFloats(name, [outputs], bias.elements)));
    const name = `${output}/image`;
    this.write("Conv", inputs, name, { kernel_shape: [1, 1] });
    this.setImage(output, { name, channels: outputs, rowsOf: image.rowsOf });
    this.layers++;
  }

  /** Writes an element-wise function of images. Returns false for other nodes. */
  private writeElementwise(node: SourceNode): boolean {
    const { op, domain, outputs } = node;
    const image = node.inputs.map((name) => this.images.get(name)).find((one) => one !== undefined);
    const [output] = outputs;
    if (domain !== "" || output === undefined || outputs.length > 1 || image === undefined) return false;
    const inputs = UNARY.has(op) ? this.unaryInputs(node) : BINARY.has(op) ? this.binaryInputs(node, image) : undefined;
    if (inputs === undefined) return false;
    const name = `${output}/image`;
    this.push(inputs, messageField(GRAPH.node, [...valueNames(inputs, [name]), ...this.source.bodyOf(node)]));
    this.setImage(output, { ...image, name });
    return true;
  }

  /** The value as an image, and unchanged options. */
  private unaryInputs({ inputs }: SourceNode): readonly string[] | undefined {
    const [first = "", ...options] = inputs;
    const image = this.images.get(first);
    return image === undefined || options.some((name) => this.images.has(name)) ? undefined : [image.name, ...options];
  }

  private binaryInputs({ inputs }: SourceNode, image: Image): readonly string[] | undefined {
    const names = inputs.map((name) => this.imageBeside(name, image));
    return names.every((name) => name !== undefined) ? names : undefined;
  }

  /** A value that can be combined with an image: an image of the same rows, one number, or one number for each channel. */
  private imageBeside(value: string, { channels, rowsOf }: Image): string | undefined {
    const other = this.images.get(value);
    if (other !== undefined) return other.channels === channels && other.rowsOf === rowsOf ? other.name : undefined;
    const constant = this.constants.get(value);
    if (constant === undefined || constant.dims.length > 1) return undefined;
    const [count = 1] = constant.dims;
    if (count === 1) return value;
    const elements = count === channels ? this.source.floatsOf(constant) : undefined;
    return elements && this.add(`${value}/channels`, (name) => makeFloats(name, [1, channels, 1, 1], elements));
  }

  private setImage(value: string, image: Image): void {
    this.images.set(value, image);
    this.pending.add(value);
    if (image.rowsOf === undefined) this.flat.add(value);
  }

  private toImage(value: string, channels: number): Image {
    const known = this.images.get(value);
    if (known !== undefined) return known;
    const isFlat = this.flat.has(value);
    const [rows, turned, name] = [`${value}/rows`, `${value}/turned`, `${value}/image`];
    if (!isFlat) this.write("Reshape", [value, this.constantShape([-1, channels])], rows);
    this.write("Transpose", [isFlat ? value : rows], turned, { perm: [1, 0] });
    this.write("Reshape", [turned, this.constantShape([1, channels, -1, 1])], name);
    const image = { name, channels, rowsOf: isFlat ? undefined : value };
    this.images.set(value, image);
    return image;
  }

  /** Writes the own form of a value that so far exists only as an image. */
  private restore(value: string): void {
    if (!this.pending.delete(value)) return;
    const { name, channels, rowsOf } = this.images.get(value)!;
    const [columns, rows] = [`${value}/columns`, `${value}/rows`];
    this.write("Reshape", [name, this.constantShape([channels, -1])], columns);
    this.write("Transpose", [columns], rowsOf === undefined ? value : rows, { perm: [1, 0] });
    if (rowsOf !== undefined) this.write("Reshape", [rows, this.shapeWith(rowsOf, channels)], value);
  }

  private constantShape(dims: readonly number[]): string {
    return this.add(`shape/${dims.join("x")}`, (name) => makeInts(name, dims));
  }

  /** The shape of a value, with another last dimension. */
  private shapeWith(value: string, last: number): string {
    const [all, leading, shape] = [`${value}/shape`, `${value}/shape/leading`, `${value}/shape/${last}`];
    if (!this.shapes.has(all)) {
      this.write("Shape", [value], all);
      this.write("Slice", [all, this.constantShape([0]), this.constantShape([-1])], leading);
    }
    if (!this.shapes.has(shape)) this.write("Concat", [leading, this.constantShape([last])], shape, { axis: 0 });
    this.shapes.add(all).add(shape);
    return shape;
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

/** A branch or a loop body reads values of the outer graph without listing them as inputs. */
function hasSubgraph({ attributes }: SourceNode): boolean {
  const has = ({ graph, graphs }: Attribute) => graph !== undefined || graphs !== undefined;
  return [...attributes.values()].some(has);
}
