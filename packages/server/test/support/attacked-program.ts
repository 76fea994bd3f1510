// A guarded server in a process of its own, to be attacked. Prints its ports.
import { definePredictor } from "@tricast/core";
import { createServer } from "@tricast/server";
import * as v from "valibot";

const predictor = definePredictor({
  name: "sum",
  // As one writes it who does not think of attacks: the length is checked when each element has been.
  input: v.object({ features: v.pipe(v.array(v.pipe(v.number(), v.minValue(0))), v.length(4)) }),
  load: () => ({}),
  predict: ({ features }) => ({ sum: features.reduce((sum, each) => sum + each, 0) }),
});

const server = createServer(predictor, { host: "127.0.0.1", port: 0, grpcPort: 0, apiKeys: ["k"] });
const { port } = await server.listen();
console.log(JSON.stringify({ port, grpcPort: server.grpcPort }));
