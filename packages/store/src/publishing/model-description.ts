import type { ModelValue } from "../versions/manifest.ts";

/** What a model file says about itself. `readOnnxHeader` reads it from ONNX. */
export interface ModelDescription {
  readonly irVersion: number;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset: Readonly<Record<string, number>>;
  /** Name and version of the program that wrote it; empty when the file does not name one. */
  readonly producer: string;
  /** `model_version`, unless the exporter left it at 0. */
  readonly modelVersion: number | undefined;
  /** The graph's inputs without those that are only defaults (initializers), as ONNX Runtime counts them. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Files that hold weights, as the model names them (relative to its folder), and the bytes each must have at least. */
  readonly externalData: Readonly<Record<string, number>>;
}
