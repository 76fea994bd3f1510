import type { Contender } from "../contender.ts";

/** Loaded by name, so that a process holds the baseline and one contender only. */
const FILES = {
  "hand-written": () => import("./hand-written.ts"),
  tricast: () => import("./tricast.ts"),
  middy: () => import("./middy.ts"),
  hono: () => import("./hono.ts"),
  "serverless-express": () => import("./serverless-express.ts"),
  fastify: () => import("./fastify.ts"),
} as const;

export type ContenderName = keyof typeof FILES;

export const BASELINE: ContenderName = "hand-written";
export const CHALLENGERS = (Object.keys(FILES) as ContenderName[]).filter((name) => name !== BASELINE);

export async function loadContender(name: ContenderName): Promise<Contender> {
  return (await FILES[name]()).contender;
}
