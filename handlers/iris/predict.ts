import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import * as v from "valibot";

const cm = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
/** Length and width of the sepal, then of the petal. A tuple, because a list is checked to its end before its length. */
const Input = v.object({ features: v.strictTuple([cm, cm, cm, cm]) });

const Output = v.object({
  label: v.picklist(["setosa", "versicolor", "virginica"]),
  probabilities: v.object({ setosa: v.number(), versicolor: v.number(), virginica: v.number() }),
  model_version: v.string(),
});

export default definePredictor({
  name: "iris",
  version: "1.0.0",
  description: "The species of an iris from the length and width of its sepal and petal, in centimetres.",
  model: onnx("iris.onnx"),
  input: Input,
  output: Output,
  examples: [
    { features: [5.1, 3.5, 1.4, 0.2] },
    { features: [6.0, 2.9, 4.5, 1.5] },
    { features: [6.3, 3.3, 6.0, 2.5] },
  ],
  inputJsonSchema: () => toJsonSchema(Input),
  outputJsonSchema: () => toJsonSchema(Output),
  fromCsvRow: (row) => ({ features: Object.values(row) }),

  async predictBatch(flowers, { model, version }) {
    const { label, probabilities } = await model.run({ features: flowers.map(({ features }) => features) });
    const labels = label!.data as v.InferOutput<typeof Output>["label"][];
    const rows = probabilities!.toArray() as [number, number, number][];
    return rows.map(([setosa, versicolor, virginica], i) => ({
      label: labels[i]!,
      probabilities: { setosa, versicolor, virginica },
      model_version: version,
    }));
  },
});

/** Imported for the OpenAPI document only, so it does not delay the first prediction. */
async function toJsonSchema(schema: typeof Input | typeof Output) {
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  return toJsonSchema(schema, { target: "draft-2020-12" });
}
