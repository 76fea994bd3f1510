import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import * as v from "valibot";
import { pngToPixels } from "./image.ts";

/** 8 x 8 pixels, row by row, from 0 (paper) to 16 (ink). */
const Input = v.object({ pixels: v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(16))), v.length(64)) });

const Output = v.object({
  digit: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9)),
  probabilities: v.pipe(v.array(v.number()), v.length(10)),
  model_version: v.string(),
});

export default definePredictor({
  name: "digits",
  version: "1.0.0",
  description: "The digit in a small picture: a PNG of any size, or its 8 x 8 pixels.",
  model: onnx("digits.onnx"),
  input: Input,
  output: Output,
  examples: [
    {
      pixels: [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
      ].flat(),
    },
  ],
  inputJsonSchema: () => toJsonSchema(Input),
  outputJsonSchema: () => toJsonSchema(Output),
  decoders: { "image/png": (body) => ({ pixels: pngToPixels(body) }) },
  fromCsvRow: (row) => ({ pixels: Object.values(row) }),
  limits: { bodyBytes: 8 * 2 ** 20 },

  async predictBatch(pictures, { model, version }) {
    const { probabilities } = await model.run({ pixels: pictures.map(({ pixels }) => pixels) });
    return (probabilities!.toArray() as number[][]).map((row) => ({
      digit: row.indexOf(Math.max(...row)),
      probabilities: row,
      model_version: version,
    }));
  },
});

/** Imported for the OpenAPI document only, so it does not delay the first prediction. */
async function toJsonSchema(schema: typeof Input | typeof Output) {
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  return toJsonSchema(schema, { target: "draft-2020-12" });
}
