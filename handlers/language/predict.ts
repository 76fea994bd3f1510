import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import * as v from "valibot";
import { LANGUAGES, type LanguageCode } from "./languages.ts";
import { normalise } from "./normalise.ts";

const hasLetter = (text: string) => /\p{L}/u.test(text);

const Input = v.object({
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(10_000), v.check(hasLetter, "must contain a letter")),
});

const Output = v.object({
  language: v.string(),
  name: v.string(),
  probabilities: v.record(v.string(), v.number()),
  model_version: v.string(),
});

export default definePredictor({
  name: "language",
  version: "1.0.0",
  description: "The language of a sentence, one of 22.",
  model: onnx("language.onnx"),
  input: Input,
  output: Output,
  examples: [{ text: "Where is the train station?" }, { text: "Où est la gare ?" }, { text: "駅はどこですか。" }],
  inputJsonSchema: () => toJsonSchema(Input),
  outputJsonSchema: () => toJsonSchema(Output),
  fromCsvRow: (row) => ({ text: String(Object.values(row)[0]) }),

  async predictBatch(sentences, { model, version }) {
    const { label, probabilities } = await model.run({ text: sentences.map(({ text }) => [normalise(text)]) });
    const codes = label!.data as LanguageCode[];
    const rows = probabilities!.toArray() as number[][];
    return codes.map((language, i) => ({
      language,
      name: LANGUAGES[language],
      probabilities: Object.fromEntries(Object.keys(LANGUAGES).map((code, j) => [code, rows[i]![j]!])),
      model_version: version,
    }));
  },
});

/** Imported for the OpenAPI document only, so it does not delay the first prediction. */
async function toJsonSchema(schema: typeof Input | typeof Output) {
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  return toJsonSchema(schema, { target: "draft-2020-12", ignoreActions: ["check"] });
}
