import type { ContenderName, ServerTask, Start } from "./contender.ts";

/** Only the contender that runs is loaded: what another imports would be in its heap. */
const CONTENDERS: Readonly<Record<Exclude<ContenderName, "fastapi">, () => Promise<{ readonly start: Start }>>> = {
  tricast: () => import("./contenders/tricast.ts"),
  "node-http": () => import("./contenders/node-http.ts"),
  fastify: () => import("./contenders/fastify.ts"),
  "functions-framework": () => import("./contenders/functions-framework.ts"),
};

const [, , name, task] = process.argv as unknown as [string, string, keyof typeof CONTENDERS, string];
const { start } = await CONTENDERS[name]();
const port = await start(JSON.parse(task) as ServerTask);
console.log(port);
// Ends with the process that measures.
process.on("disconnect", () => process.exit(0));
