import type { GraphSpec } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { cachedModel } from "../../harness/cached-model.ts";
import { cnn } from "../load/cnn.ts";
import { mlp } from "../load/mlp.ts";

export type ModelName = "tiny" | "forest" | "mlp-7" | "mlp-100" | "cnn";

export interface BenchModel {
  readonly name: ModelName;
  readonly title: string;
  readonly input: string;
  /** Values of one row, which the first axis of the input counts. */
  readonly values: readonly number[];
  /** Of one row. */
  readonly shape: readonly number[];
  readonly origin: (() => GraphSpec) | URL;
  /** Besides 1, 8, 32 and 64. */
  readonly connections: readonly number[];
}

const IRIS = [5.1, 3.5, 1.4, 0.2];
const FOREST = new URL("../../../../handlers/iris/iris.onnx", import.meta.url);

export const MODELS: readonly BenchModel[] = [
  { name: "tiny", title: "tiny, 4 x 3", input: "x", values: IRIS, shape: [4], origin: tiny, connections: [16] },
  {
    name: "forest",
    title: "forest of 100 trees",
    input: "features",
    values: IRIS,
    shape: [4],
    origin: FOREST,
    connections: [16],
  },
  perceptron("mlp-7", "7.5 MB MLP", 494),
  perceptron("mlp-100", "100 MB MLP", 1868),
  {
    name: "cnn",
    title: "CNN",
    input: "x",
    values: ramp(3 * 64 * 64),
    shape: [3, 64, 64],
    origin: cnn,
    connections: [],
  },
];

export function modelFile({ name, origin }: BenchModel): string {
  return cachedModel(`server/${name}.onnx`, origin);
}

function perceptron(name: ModelName, title: string, width: number): BenchModel {
  return { name, title, input: "x", values: ramp(256), shape: [256], origin: () => mlp(width), connections: [] };
}

/** As many digits as a client would send. */
function ramp(length: number): number[] {
  return Array.from({ length }, (_, index) => Number(Math.sin(index).toFixed(4)));
}

/** A linear classifier of iris, as logistic regression gives it. */
function tiny(): GraphSpec {
  return {
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["m"] },
      { op: "Add", inputs: ["m", "b"], outputs: ["z"] },
      { op: "Softmax", inputs: ["z"], outputs: ["y"] },
    ],
    initializers: [
      {
        name: "w",
        dims: [4, 3],
        type: "float32",
        data: [-0.42, 0.53, -0.11, 0.97, -0.32, -0.65, -2.52, -0.21, 2.72, -1.08, -0.94, 2.02],
      },
      { name: "b", dims: [3], type: "float32", data: [9.85, 2.24, -12.09] },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", 4] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 3] }],
  };
}
