import type { TestContext } from "node:test";
import type { AnyPredictor } from "@tricast/core";
import { createServer, type InferenceServer, type ServerOptions } from "@tricast/server";

export interface Started {
  readonly server: InferenceServer;
  readonly origin: string;
  readonly port: number;
}

/** A server on a free port of loopback, stopped at the end of the test. */
export async function start(
  t: TestContext,
  predictors: AnyPredictor | readonly AnyPredictor[],
  options: ServerOptions = {},
): Promise<Started> {
  return listen(t, createServer(predictors, { host: "127.0.0.1", port: 0, ...options }));
}

export async function listen(t: TestContext, server: InferenceServer): Promise<Started> {
  const { port } = await server.listen();
  t.after(() => server.stop());
  return { server, port, origin: `http://127.0.0.1:${port}` };
}
