import type { IncomingMessage, ServerResponse } from "node:http";
import { type BodyLimits, type BodyReader, ByteCollector, bodyTooLarge, clientGone } from "@tricast/core/adapter";

import { awaitsContinue } from "./node-request.ts";

const INCOMPLETE = "its body was complete";

/**
 * The body of a request, to be read later. A body that declares a size over the limit is refused unread. Any other is
 * refused as soon as it is over the limit, and the rest is discarded.
 */
export function lateBody(incoming: IncomingMessage, reply: ServerResponse): BodyReader {
  return {
    read: (limits) => {
      const { "content-length": length = 0 } = incoming.headers;
      if (Number(length) > limits.maxBytes) throw bodyTooLarge(String(length), limits);
      // The client may have gone away while its credentials were checked. The body then has neither end nor error.
      if (incoming.destroyed) throw clientGone(INCOMPLETE);
      if (awaitsContinue(reply)) reply.writeContinue();
      return collect(incoming, limits);
    },
  };
}

function collect(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const collected = new ByteCollector();
    const add = (chunk: Buffer): void => {
      if (collected.size + chunk.length <= limits.maxBytes) collected.add(chunk);
      else {
        collected.clear();
        incoming.off("data", add);
        reject(bodyTooLarge(`more than ${limits.maxBytes}`, limits));
      }
    };
    incoming.on("data", add);
    // In HTTP/2, a body that the client breaks off also ends.
    incoming.once("end", () => (incoming.aborted ? reject(clientGone(INCOMPLETE)) : resolve(collected.concat())));
    incoming.once("error", (cause) => reject(clientGone(INCOMPLETE, cause)));
    // Middleware may have paused it.
    incoming.resume();
  });
}
