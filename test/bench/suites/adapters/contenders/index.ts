import type { Contender } from "../contender.ts";
import type { Workload } from "../models.ts";

/** Loaded by name, so that a process holds the baseline and one contender only. */
const FILES = {
  "hand-written": () => import("./hand-written.ts"),
  tricast: () => import("./tricast.ts"),
  "tricast-onnx": () => import("./tricast-onnx.ts"),
  middy: () => import("./middy.ts"),
  hono: () => import("./hono.ts"),
  "serverless-express": () => import("./serverless-express.ts"),
  fastify: () => import("./fastify.ts"),
} as const;

export type ContenderName = keyof typeof FILES;

export const BASELINE: ContenderName = "hand-written";

/** Who is measured on what. */
export const CHALLENGERS: Readonly<Record<Workload, readonly ContenderName[]>> = {
  stub: ["tricast", "middy", "hono", "serverless-express", "fastify"],
  iris: ["tricast", "tricast-onnx", "middy", "hono", "serverless-express", "fastify"],
};

export async function loadContender(name: ContenderName): Promise<Contender> {
  return (await FILES[name]()).contender;
}
