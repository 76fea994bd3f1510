import { notOnnx } from "./bytes.ts";
import type { ExternalTensor, GraphValue } from "./model.ts";
import { readGraphModel } from "./read-model.ts";

/** The metadata of an ONNX file, as plain data. */
export interface OnnxHeader {
  readonly irVersion: number;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset: Readonly<Record<string, number>>;
  /** Name and version of the program that wrote the file; empty where the file does not name it. */
  readonly producer: string;
  /** `model_version`, unless the exporter left it at 0. */
  readonly modelVersion: number | undefined;
  /** The graph's inputs without those that are only defaults (initializers), as in ONNX Runtime. */
  readonly inputs: readonly OnnxHeaderValue[];
  readonly outputs: readonly OnnxHeaderValue[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Files with weights, by their path relative to the model's folder, and the least size of each in bytes. */
  readonly externalData: Readonly<Record<string, number>>;
}

/** An input or output of a model. */
export interface OnnxHeaderValue {
  readonly name: string;
  /** As {@link GraphValue.datatype}. */
  readonly datatype: string;
  /** A string is a dimension of any size: its name, or `?`. Empty for a scalar. Absent where the rank is open. */
  readonly shape?: readonly (number | string)[];
}

/**
 * Reads the metadata of an ONNX file. Weights are not read: a file of any size costs a few reads.
 *
 * @throws {TricastError} `model-invalid` where the file is not an ONNX model, or is cut off.
 */
export function readOnnxHeader(path: string): OnnxHeader {
  const { irVersion, opsets, producer, modelVersion, metadata, graph, externalTensors } = readGraphModel(path);
  if (irVersion === undefined) throw notOnnx(path, "it lacks an IR version");
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
    if (location === undefined)
      throw notOnnx(path, `it does not name the file with the weights of ${JSON.stringify(name)}`);
    sizes.set(location, Math.max(sizes.get(location) ?? 0, end));
  }
  return sizes;
}
