import { definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { createServer } from "@tricast/server";
import type { Start } from "../contender.ts";

/** With defaults: no options, no code. */
export const start: Start = async ({ file }) => {
  const server = createServer(definePredictor({ name: "bench", model: onnx(file) }), { host: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  await untilReady(port);
  return port;
};

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const { status } = await fetch(`http://127.0.0.1:${port}/ready`);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
