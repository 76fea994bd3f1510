import type { IncomingMessage, ServerResponse } from "node:http";
import { type BodyLimits, type BodyReader, bodyTooLarge, clientGone } from "@tricast/core/adapter";
import { ByteCollector } from "./byte-collector.ts";

const INCOMPLETE = "its body was complete";

/**
 * The body of a request, to be read later; `undefined` when it says that it has none (RFC 9112, 6.3). A body that says
 * its size is refused before a byte of it is read, any other as soon as it is over the limit; the rest is discarded.
 */
export function bodyOf(incoming: IncomingMessage, reply: ServerResponse): BodyReader | undefined {
  const { "content-length": length = 0, "transfer-encoding": coding } = incoming.headers;
  if (Number(length) === 0 && coding === undefined) return undefined;
  return {
    read: (limits) => {
      if (Number(length) > limits.maxBytes) throw bodyTooLarge(String(length), limits);
      // It may have gone while its credentials were checked; the body then has neither end nor error.
      if (incoming.destroyed) throw clientGone(INCOMPLETE);
      // The client waits until it is told to send the body (RFC 9110, 10.1.1).
      if (incoming.headers.expect?.toLowerCase() === "100-continue") reply.writeContinue();
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
    incoming.once("end", () => resolve(collected.size === 0 ? undefined : collected.concat()));
    incoming.once("error", (cause) => reject(clientGone(INCOMPLETE, cause)));
  });
}
