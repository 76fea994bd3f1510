import { configure } from "@codegenie/serverless-express";
import express from "express";
import type { Contender, Handler } from "../contender.ts";
import { compile, type Input, jsonInput } from "../schema.ts";

export const contender: Contender = {
  name: "serverless-express",
  stack: "@codegenie/serverless-express, express with express.json() and ajv",
  packages: ["@codegenie/serverless-express", "express", "ajv"],
  async create(model) {
    const isInput = compile<Input>(jsonInput);
    const app = express();
    // Else its last handler prints every refusal.
    app.set("env", "test");
    app.use(express.json());
    app.post("/predict", async (request, response) => {
      if (!isInput(request.body)) return response.status(400).json({ errors: isInput.errors });
      return response.json(await model.run(request.body.features));
    });
    // Its types say nothing of the promise it returns when it is called without a callback.
    return configure({ app }) as unknown as Handler;
  },
};
