import type { Protocol } from "../route.ts";

/** Every contract the server speaks, each in a folder of its own. What is served of each is for its `routes` to say. */
export const PROTOCOLS: readonly Protocol[] = [];
