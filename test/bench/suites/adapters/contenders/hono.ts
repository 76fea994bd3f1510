import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { validator } from "hono/validator";
import { safeParse } from "valibot";
import type { Contender, Handler } from "../contender.ts";
import { valibotInput } from "../schema.ts";

export const contender: Contender = {
  name: "hono",
  stack: "hono, hono/aws-lambda, hono/validator with valibot",
  packages: ["hono", "valibot"],
  async create(model) {
    const app = new Hono();
    const check = validator("json", (value, context) => {
      const result = safeParse(valibotInput, value);
      return result.success ? result.output : context.json({ message: result.issues[0].message }, 400);
    });
    app.post("/predict", check, async (context) => context.json(await model.run(context.req.valid("json").features)));
    return handle(app) as unknown as Handler;
  },
};
