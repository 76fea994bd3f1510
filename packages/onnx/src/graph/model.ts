/** A model as `onnx/onnx.proto` describes it, without its weights. */
export interface GraphModel {
  /** `undefined` where the file does not contain it. */
  readonly irVersion: number | undefined;
  /** Name and version of the program that wrote the file; empty where the file does not name it. */
  readonly producer: string;
  /** `model_version`, unless the exporter left it at 0. */
  readonly modelVersion: number | undefined;
  readonly metadata: ReadonlyMap<string, string>;
  /** Operator set versions by domain; `""` is the default domain, `ai.onnx`. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  /** Functions that the model defines, by `domain:name:overload`. */
  readonly functions: ReadonlyMap<string, GraphFunction>;
  /** Tensors of the whole model whose elements are in other files. */
  readonly externalTensors: readonly ExternalTensor[];
}

export interface ExternalTensor {
  readonly name: string;
  /** Path relative to the model's folder; `undefined` where the file does not name it, which is an error. */
  readonly location: string | undefined;
  /** End of its elements in that file, in bytes; 0 where the model does not give it. */
  readonly end: number;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Without inputs that are also initializers, which are only defaults. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly initializers: readonly Constant[];
}

export interface GraphFunction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly opsets: ReadonlyMap<string, number>;
  /** Values of attributes that a call leaves out. */
  readonly defaults: ReadonlyMap<string, Attribute>;
}

export interface GraphNode {
  /** Empty where the exporter did not set it. */
  readonly name: string;
  readonly op: string;
  /** `""` is the default domain. */
  readonly domain: string;
  /** Selects one of several functions with the same name; mostly empty. */
  readonly overload: string;
  /** An empty name is an optional input that the node leaves out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** The members in the file. Lists of over {@link LONGEST_LIST} elements are left out, and `isLong` is set. */
export interface Attribute {
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly texts?: number;
  readonly tensor?: Constant;
  readonly graph?: Graph;
  readonly graphs?: readonly Graph[];
  /** In a function: the name of the attribute of the call that replaces this one. */
  readonly reference?: string;
  readonly isLong?: boolean;
}

export interface Constant {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly dims: readonly number[];
  /** The elements, if the file contains them: at most {@link LONGEST_LIST} numbers or booleans. */
  readonly values: readonly number[] | undefined;
}

export interface GraphValue {
  readonly name: string;
  readonly kind: "tensor" | "other";
  /**
   * Open Inference Protocol datatype (`FP32`, `INT64`, `BYTES` ...). An element type that the protocol does not know has its
   * ONNX name in capitals (`FLOAT8E4M3FN`), and a value that is not a tensor has its structure (`SEQUENCE<MAP<INT64,FP32>>`).
   */
  readonly datatype: string;
  /** `TensorProto.DataType`; 0 where the file does not contain it. */
  readonly type: number;
  /** A string is a named dimension of any size, `undefined` an unnamed one. Without `dims`, the rank is open. */
  readonly dims: readonly (number | string | undefined)[] | undefined;
}

/** Longer lists are weights, trees or tables, which shapes do not depend on. */
export const LONGEST_LIST = 1024;

/** A 64-bit number takes at most 10 bytes (protobuf.dev/programming-guides/encoding). */
export const LONGEST_LIST_BYTES = LONGEST_LIST * 10;

/** For graphs in attributes of nodes, and functions that call functions: more than in models, less than the stack allows. */
export const DEEPEST_NESTING = 64;

/** `TensorProto.DataType`. */
export const TYPE = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

const FLOATS: ReadonlySet<number> = new Set([TYPE.float, TYPE.double, TYPE.float16, TYPE.bfloat16]);
/** float8 in its forms, and float4: TensorProto.DataType 17 to 20, 23, 24. */
const TINY_FLOATS: ReadonlySet<number> = new Set([17, 18, 19, 20, 23, 24]);

/** Whether computed elements are rounded. An unknown type counts as a float. */
export function mayBeFloat(type: number): boolean {
  return type === 0 || FLOATS.has(type) || TINY_FLOATS.has(type);
}

/** Floats whose last place is more than a thousandth of the number: 16 bits and fewer. */
export function isCoarseFloat(type: number): boolean {
  return type === TYPE.float16 || type === TYPE.bfloat16 || TINY_FLOATS.has(type);
}
