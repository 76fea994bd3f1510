import { lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import type { Contender, Handler } from "../contender.ts";
import { FEATURES } from "../invocation.ts";
import { IRIS } from "../models.ts";
import { valibotInput } from "../schema.ts";

export const contender: Contender = {
  name: "tricast with @tricast/onnx",
  stack: "the same, the model run by @tricast/onnx where all others use onnxruntime-node",
  packages: ["@tricast/onnx"],
  async create() {
    const predictor = definePredictor({
      name: "bench",
      model: onnx(IRIS, { session: { intraOpNumThreads: 1, interOpNumThreads: 1 } }),
      input: valibotInput,
      examples: [{ features: FEATURES }],
      async predict({ features }, { model }) {
        const { label, probabilities } = await model.run({ features: [features] });
        return { label: String(label?.data[0]), probabilities: Array.from(probabilities?.data as Float32Array) };
      },
    });
    const handler = lambda(predictor);
    await handler.ready;
    return handler as Handler;
  },
};
