import { lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import type { Contender, Handler } from "../contender.ts";
import { FEATURES } from "../invocation.ts";
import { valibotInput } from "../schema.ts";

export const contender: Contender = {
  name: "tricast",
  stack: "@tricast/aws-lambda with valibot, warmup detection, deadline and Server-Timing",
  packages: ["@tricast/aws-lambda", "@tricast/core", "valibot"],
  async create(model) {
    const predictor = definePredictor({
      name: "bench",
      load: () => model,
      input: valibotInput,
      examples: [{ features: FEATURES }],
      predict: ({ features }, { model }) => model.run(features),
    });
    const handler = lambda(predictor);
    await handler.ready;
    return handler as Handler;
  },
};
