import type { PlatformTraits } from "@tricast/core/adapter";

/** A predictor in a server of the user's own: Express, Fastify, Hono, Next, Deno, Bun. */
export const OWN_SERVER: PlatformTraits = { name: "own-server", servesMany: () => true };
