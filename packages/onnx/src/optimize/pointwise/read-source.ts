import { memoryBytes } from "../../graph/bytes.ts";
import { type Constant, type GraphNode, type GraphValue, TYPE } from "../../graph/model.ts";
import { allFields, type Field, fieldsOf } from "../../graph/protobuf.ts";
import { readNode, readOpset } from "../../graph/read-model.ts";
import { type ModelBytes, readTensor } from "../../graph/read-tensor.ts";
import { readValue } from "../../graph/read-value.ts";
import { GRAPH, NODE } from "./write-graph.ts";
import type { Pieces } from "./write-protobuf.ts";

const MODEL_GRAPH = 7;
const MODEL_OPSET = 8;
const TENSOR = { floatData: 4, rawData: 9 };

/** A node, and its field in the file. */
export interface SourceNode extends GraphNode {
  readonly field: Field;
}

export interface SourceTensor extends Constant {
  readonly field: Field;
}

/** A model in memory, with the fields that a rewritten one copies. */
export class SourceModel {
  readonly nodes: readonly SourceNode[];
  readonly initializers: readonly SourceTensor[];
  /** Including inputs that are also initializers. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Operator set version of the default domain. */
  readonly opset: number;
  private readonly bytes: ModelBytes;
  private readonly fields: readonly Field[];

  private constructor(bytes: ModelBytes, graph: Field, opset: number) {
    this.bytes = bytes;
    this.opset = opset;
    this.fields = [...fieldsOf(bytes, graph)];
    this.nodes = this.all(GRAPH.node).map((field) => ({ ...readNode(bytes, field, 0), field }));
    this.initializers = this.all(GRAPH.initializer).map((field) => ({ ...readTensor(bytes, field), field }));
    this.inputs = this.all(GRAPH.input).map((field) => readValue(bytes, field));
    this.outputs = this.all(GRAPH.output).map((field) => readValue(bytes, field));
  }

  /**
   * Reads a model; `undefined` unless it has one graph.
   * @returns The model, and its fields except the graph.
   * @throws {TricastError} `model-invalid` where the bytes are not an ONNX model.
   */
  static read(model: Uint8Array): { readonly source: SourceModel; readonly others: Pieces } | undefined {
    const bytes = { ...memoryBytes(model), externalTensors: [] };
    const fields = [...allFields(bytes)];
    const [graph, ...more] = fields.filter(({ number }) => number === MODEL_GRAPH);
    if (graph === undefined || more.length > 0) return undefined;
    const opsets = fields.filter(({ number }) => number === MODEL_OPSET).map((field) => readOpset(bytes, field));
    const source = new SourceModel(bytes, graph, new Map(opsets).get("") ?? 1);
    return { source, others: fields.filter((field) => field !== graph).map((field) => source.copy(field)) };
  }

  /** The fields of the graph except nodes, initializers and the shapes of inner values. */
  get rest(): Pieces {
    const rewritten: readonly number[] = [GRAPH.node, GRAPH.initializer, GRAPH.valueInfo];
    return this.fields.filter(({ number }) => !rewritten.includes(number)).map((field) => this.copy(field));
  }

  /** An unchanged field of the file, with its tag. */
  copy({ tag, end }: Field): Uint8Array {
    return this.bytes.slice(tag, end);
  }

  /** The fields of a node except the names of its inputs and outputs. */
  bodyOf({ field }: SourceNode): Pieces {
    const named: readonly number[] = [NODE.input, NODE.output];
    return [...fieldsOf(this.bytes, field)]
      .filter(({ number }) => !named.includes(number))
      .map((one) => this.copy(one));
  }

  /** The elements of a float32 constant; `undefined` for other types, and where another file contains the elements. */
  floatsOf({ type, dims, field }: SourceTensor): Float32Array | undefined {
    if (type !== TYPE.float) return undefined;
    const content = [...fieldsOf(this.bytes, field)].filter(({ number }) => Object.values(TENSOR).includes(number));
    const count = dims.reduce((product, dim) => product * dim, 1);
    const [only] = content;
    if (only === undefined || content.length > 1 || only.end - only.start !== count * 4) return undefined;
    const bytes = this.bytes.slice(only.start, only.end);
    // A copy, and not `slice`, which on a Buffer is another view.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return new Float32Array(aligned.buffer, aligned.byteOffset, count);
  }

  private all(number: number): readonly Field[] {
    return this.fields.filter((field) => field.number === number);
  }
}
