import { notOnnx } from "./bytes.ts";
import type { ExternalTensor, GraphValue } from "./model.ts";
import { readGraphModel } from "./read-model.ts";

/** What an ONNX file says about itself, as plain data. */
export interface OnnxHeader {
  readonly irVersion: number;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset: Readonly<Record<string, number>>;
  /** Name and version of the program that wrote it; empty when it does not say. */
  readonly producer: string;
  /** `model_version`, unless the exporter left it at 0. */
  readonly modelVersion: number | undefined;
  /** The graph's inputs without those that are only defaults (initializers), as ONNX Runtime counts them. */
  readonly inputs: readonly OnnxHeaderValue[];
  readonly outputs: readonly OnnxHeaderValue[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Files that hold weights, as the model names them (relative to its folder), and the bytes each must have at least. */
  readonly externalData: Readonly<Record<string, number>>;
}

/** A value that a model takes or gives. */
export interface OnnxHeaderValue {
  readonly name: string;
  /** As {@link GraphValue.datatype}. */
  readonly datatype: string;
  /** A string is a dimension of any size: its name, or `?`. Empty for a scalar. Absent when the rank is open. */
  readonly shape?: readonly (number | string)[];
}

/**
 * Reads what an ONNX file says about itself. Its weights are not read: a file of any size costs a few reads.
 *
 * @throws {TricastError} `model-invalid` where the file is not an ONNX model, or is cut off.
 */
export function readOnnxHeader(path: string): OnnxHeader {
  const { irVersion, opsets, producer, modelVersion, metadata, graph, externalTensors } = readGraphModel(path);
  if (irVersion === undefined) throw notOnnx(path, "it has no IR version");
  return {
    irVersion,
    opset: Object.fromEntries([...opsets].map(([domain, version]) => [domain || "ai.onnx", version])),
    producer,
    modelVersion,
    inputs: graph.inputs.map(toHeaderValue),
    outputs: graph.outputs.map(toHeaderValue),
    metadata: Object.fromEntries(metadata),
    externalData: Object.fromEntries(sizesByFile(path, externalTensors)),
  };
}

function toHeaderValue({ name, datatype, dims }: GraphValue): OnnxHeaderValue {
  return { name, datatype, ...(dims === undefined ? {} : { shape: dims.map((dim) => dim ?? "?") }) };
}

function sizesByFile(path: string, tensors: readonly ExternalTensor[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, location, end } of tensors) {
    if (location === undefined) throw notOnnx(path, `it has no location of the weights of ${JSON.stringify(name)}`);
    sizes.set(location, Math.max(sizes.get(location) ?? 0, end));
  }
  return sizes;
}
