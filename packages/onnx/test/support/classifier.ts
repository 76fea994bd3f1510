import { type Attribute, type GraphSpec, writeOnnx } from "./onnx-writer.ts";

/** As skl2onnx exports classifiers by default: a label, and a map of probabilities. Here the scores are the input. */
export function classifierSpec(labels: readonly string[] | readonly number[]): GraphSpec {
  const isText = typeof labels[0] === "string";
  const classes: Readonly<Record<string, Attribute>> = isText
    ? { classlabels_strings: { texts: labels as readonly string[] } }
    : { classlabels_int64s: labels as readonly number[] };
  return {
    nodes: [
      { op: "ArgMax", inputs: ["x"], outputs: ["label"], attributes: { axis: 1, keepdims: 0 } },
      { op: "Identity", inputs: ["x"], outputs: ["scores"] },
      { op: "ZipMap", inputs: ["scores"], outputs: ["probabilities"], domain: "ai.onnx.ml", attributes: classes },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", labels.length] }],
    outputs: [
      { name: "label", type: "int64", shape: ["N"] },
      { name: "probabilities", type: "float32", zipMap: isText ? "string" : true },
    ],
  };
}

export function classifier(labels: readonly string[] | readonly number[]): Uint8Array {
  return writeOnnx(classifierSpec(labels));
}

/** `x + w`, where `w` may be left out. */
export function overridable(): Uint8Array {
  return writeOnnx({
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
    inputs: [
      { name: "x", type: "float32", shape: ["N", 2] },
      { name: "w", type: "float32", shape: [2] },
    ],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    initializers: [{ name: "w", dims: [2], type: "float32", data: [10, 20] }],
  });
}
