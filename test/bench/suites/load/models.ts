import type { GraphSpec } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { cachedModel } from "../../harness/cached-model.ts";
import { cnn } from "./cnn.ts";
import { mlp, WIDTH_OF_200_MB } from "./mlp.ts";

export type ModelName = "iris" | "cnn" | "mlp";

export interface BenchModel {
  readonly name: ModelName;
  readonly title: string;
  readonly input: string;
  /** Of one row; the first axis of the input is the batch. */
  readonly rowShape: readonly number[];
}

export const MODELS: readonly BenchModel[] = [
  { name: "iris", title: "iris, a forest", input: "features", rowShape: [4] },
  { name: "cnn", title: "residual CNN", input: "x", rowShape: [3, 64, 64] },
  { name: "mlp", title: "MLP", input: "x", rowShape: [256] },
];

const GRAPHS: Readonly<Record<string, () => GraphSpec>> = { cnn, mlp: () => mlp(WIDTH_OF_200_MB) };

/** The path of a model's file in a folder of its own, written first where it is not there. */
export function modelFile(name: ModelName): string {
  return cachedModel(`load/${name}/${name}.onnx`, GRAPHS[name] ?? exampleFile(name));
}

function exampleFile(predictor: string): URL {
  return new URL(`../../../../handlers/${predictor}/${predictor}.onnx`, import.meta.url);
}
