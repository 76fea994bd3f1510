import type { ServerResponse } from "node:http";
import { clientGone } from "@tricast/core/adapter";

/** Aborts when the client goes away before the end of its response. */
export function clientSignal(reply: ServerResponse): AbortSignal {
  const client = new AbortController();
  reply.once("close", () => {
    // HTTP/2 reports every closed response as finished.
    if (reply.writableEnded && reply.writableFinished) return;
    client.abort(clientGone());
  });
  return client.signal;
}
