import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Contender } from "../contender.ts";
import { isInput } from "../schema.ts";

export const contender: Contender = {
  name: "hand-written",
  stack: "JSON.parse, checks, JSON.stringify",
  packages: [],
  async create(model) {
    return async (event) => {
      let input: unknown;
      try {
        input = JSON.parse((event as APIGatewayProxyEventV2).body as string);
      } catch {
        return refuse("The body is not JSON");
      }
      if (!isInput(input)) return refuse("features must be four numbers");
      const output = await model.run(input.features);
      return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(output) };
    };
  },
};

function refuse(message: string): object {
  return { statusCode: 400, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}
