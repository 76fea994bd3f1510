import type { GraphSpec, InitializerSpec, NodeSpec } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { randomWeights } from "./random-weights.ts";

const FEATURES = 256;
const CLASSES = 100;

/** Of 201 MB of weights. */
export const WIDTH_OF_200_MB = 2656;

/** MatMul, Add and Relu, nine times: float32 `x` [N, 256] to `y` [N, 100], with hidden layers of `width`. */
export function mlp(width: number): GraphSpec {
  const layers = [FEATURES, ...new Array<number>(8).fill(width), CLASSES];
  const random = randomWeights(7);
  const nodes: NodeSpec[] = [];
  const initializers: InitializerSpec[] = [];
  for (const [index, rows] of layers.slice(0, -1).entries()) {
    const columns = layers[index + 1]!;
    const last = index === layers.length - 2;
    nodes.push(
      { op: "MatMul", inputs: [index === 0 ? "x" : `h${index}`, `w${index}`], outputs: [`m${index}`] },
      { op: "Add", inputs: [`m${index}`, `b${index}`], outputs: [last ? "y" : `a${index}`] },
    );
    if (!last) nodes.push({ op: "Relu", inputs: [`a${index}`], outputs: [`h${index + 1}`] });
    const scale = Math.sqrt(6 / rows);
    initializers.push(
      { name: `w${index}`, dims: [rows, columns], type: "float32", data: () => random(rows * columns, scale) },
      { name: `b${index}`, dims: [columns], type: "float32", data: () => random(columns, 0.1) },
    );
  }
  return {
    nodes,
    initializers,
    inputs: [{ name: "x", type: "float32", shape: ["N", FEATURES] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", CLASSES] }],
  };
}
