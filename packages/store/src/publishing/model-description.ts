import type { ModelValue } from "../versions/manifest.ts";

/** The description that a model file contains. `readOnnxHeader` reads it from ONNX. */
export interface ModelDescription {
  readonly irVersion: number;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset: Readonly<Record<string, number>>;
  /** Name and version of the program that wrote it; empty if the file does not name it. */
  readonly producer: string;
  /** `model_version`; `undefined` if it is 0. */
  readonly modelVersion: number | undefined;
  /** The graph's inputs, as ONNX Runtime counts them: without inputs that are defaults (initializers). */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Files with weights, by path relative to the model's folder, with their minimum size in bytes. */
  readonly externalData: Readonly<Record<string, number>>;
}
