import type { GraphSpec, InitializerSpec, NodeSpec } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { randomWeights } from "./random-weights.ts";

const STAGES = [32, 64, 128, 256, 384];
const HIDDEN = 1024;
const CLASSES = 256;

/** A residual network, float32 `x` [N, 3, 64, 64] to `y` [N, 256]: 24.6 MB of weights, most of them in its last stages. */
export function cnn(): GraphSpec {
  const graph = new GraphWriter();
  let [channels, value] = [3, "x"];
  for (const width of STAGES) {
    value = graph.convolution(value, channels, width, 2);
    if (width > STAGES[0]!) {
      const inner = graph.convolution(value, width, width, 1);
      const outer = graph.convolution(inner, width, width, 1);
      value = graph.node("Add", [outer, value]);
    }
    channels = width;
  }
  const pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", [value])]);
  const hidden = graph.node("Relu", [graph.matMul(pooled, channels, HIDDEN)]);
  graph.nodes.push({ op: "Identity", inputs: [graph.matMul(hidden, HIDDEN, CLASSES)], outputs: ["y"] });
  return {
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [{ name: "x", type: "float32", shape: ["N", 3, 64, 64] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", CLASSES] }],
  };
}

class GraphWriter {
  readonly nodes: NodeSpec[] = [];
  readonly initializers: InitializerSpec[] = [];
  private readonly random = randomWeights(11);
  private names = 0;

  node(op: string, inputs: readonly string[], attributes: NodeSpec["attributes"] = {}): string {
    const output = `v${this.names++}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  matMul(value: string, rows: number, columns: number): string {
    return this.node("MatMul", [value, this.weights([rows, columns], Math.sqrt(6 / rows))]);
  }

  /** 3 x 3, batch normalisation, Relu. */
  convolution(value: string, from: number, to: number, stride: number): string {
    const weights = this.weights([to, from, 3, 3], Math.sqrt(6 / (from * 9)));
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [stride, stride] };
    const convolved = this.node("Conv", [value, weights], attributes);
    const [bias, mean] = [this.weights([to], 0.1), this.weights([to], 0.1)];
    const [scale, variance] = [this.ones(to), this.ones(to)];
    const normal = this.node("BatchNormalization", [convolved, scale, bias, mean, variance]);
    return this.node("Relu", [normal]);
  }

  private weights(dims: readonly number[], scale: number): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.initializer(dims, () => this.random(count, scale));
  }

  private ones(count: number): string {
    return this.initializer([count], () => new Float32Array(count).fill(1));
  }

  private initializer(dims: readonly number[], data: () => Float32Array): string {
    const name = `w${this.initializers.length}`;
    this.initializers.push({ name, dims, type: "float32", data });
    return name;
  }
}
