import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import { inlinePredict, type Start } from "../contender.ts";

export const start: Start = async (task) => {
  const predict = await inlinePredict(task);
  const app = fastify();
  app.get("/health", () => ({ status: "ok" }));
  app.post("/predict", (request) => predict(request.body as Parameters<typeof predict>[0]));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return (app.server.address() as AddressInfo).port;
};
