import type { GraphSpec, InitializerSpec, NodeSpec } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { randomWeights } from "./random-weights.ts";

const FEATURES = 256;
const WIDTH = 2656;
const CLASSES = 100;
/** MatMul, Add and Relu, nine times: 201 MB of weights. */
const LAYERS = [FEATURES, WIDTH, WIDTH, WIDTH, WIDTH, WIDTH, WIDTH, WIDTH, WIDTH, CLASSES];

/** Float32 `x` [N, 256] to `y` [N, 100]. */
export function mlp(): GraphSpec {
  const random = randomWeights(7);
  const nodes: NodeSpec[] = [];
  const initializers: InitializerSpec[] = [];
  for (const [index, rows] of LAYERS.slice(0, -1).entries()) {
    const columns = LAYERS[index + 1]!;
    const last = index === LAYERS.length - 2;
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
