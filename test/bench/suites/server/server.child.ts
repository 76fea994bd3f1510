import type { ContenderName, ServerTask, Start } from "./contender.ts";

/** Loads only the contender that runs, so that imports of others are not in its heap. */
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
// Ends together with the measuring process.
process.on("disconnect", () => process.exit(0));
