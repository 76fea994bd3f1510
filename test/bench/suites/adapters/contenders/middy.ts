import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import validator from "@middy/validator";
import type { Ajv } from "ajv";
import type { Contender, Handler } from "../contender.ts";
import { compile, type Input, jsonInput } from "../schema.ts";

export const contender: Contender = {
  name: "middy",
  stack: "@middy/core, http-json-body-parser, validator (ajv, compiled beforehand)",
  packages: ["@middy/core", "@middy/http-json-body-parser", "@middy/validator", "ajv"],
  async create(model) {
    const eventSchema = compile({ type: "object", required: ["body"], properties: { body: jsonInput } });
    const handler = middy()
      .use(httpJsonBodyParser())
      // Its types ask for Ajv itself where the code calls what `compile` gives.
      .use(validator({ eventSchema: eventSchema as unknown as Ajv }))
      .handler(async (event: unknown) => {
        const output = await model.run((event as { body: Input }).body.features);
        return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(output) };
      });
    return handler as unknown as Handler;
  },
};
