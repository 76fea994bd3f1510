import type { AddressInfo } from "node:net";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { inlinePredict, type Start } from "../contender.ts";

export const start: Start = async (task) => {
  const predict = await inlinePredict(task);
  http("predict", async (request, response) => {
    if (request.path === "/health") response.json({ status: "ok" });
    else response.json(await predict(request.body));
  });
  const server = getTestServer("predict");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
