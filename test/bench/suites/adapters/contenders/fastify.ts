import awsLambdaFastify from "@fastify/aws-lambda";
import fastify from "fastify";
import type { Contender, Handler } from "../contender.ts";
import { AJV_OPTIONS, type Input, jsonInput } from "../schema.ts";

export const contender: Contender = {
  name: "fastify",
  stack: "@fastify/aws-lambda, fastify with its schema",
  packages: ["@fastify/aws-lambda", "fastify"],
  async create(model) {
    const app = fastify({ ajv: { customOptions: AJV_OPTIONS } });
    app.post("/predict", { schema: { body: jsonInput } }, (request) => model.run((request.body as Input).features));
    const handler = awsLambdaFastify(app);
    await app.ready();
    return handler as unknown as Handler;
  },
};
