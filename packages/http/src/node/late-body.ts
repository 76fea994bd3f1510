import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type BodyLimits,
  type BodyReader,
  ByteCollector,
  bodyTooLarge,
  type Charge,
  clientGone,
} from "@tricast/core/adapter";
import type { Arrivals } from "./arrivals.ts";
import { awaitsContinue } from "./node-request.ts";

const INCOMPLETE = "its body was complete";

/**
 * The body of a request, to be read later. A body that declares a size over the limit is refused unread. Any other is
 * refused as soon as it is over the limit, or `arrivals` or its charge refuses it, and the rest is discarded.
 */
export function lateBody(incoming: IncomingMessage, reply: ServerResponse, arrivals?: Arrivals): BodyReader {
  return {
    read: (limits, charge) => {
      const { "content-length": length = 0 } = incoming.headers;
      if (Number(length) > limits.maxBytes) throw bodyTooLarge(String(length), limits);
      // The client may have gone away while its credentials were checked. The body then has neither end nor error.
      if (incoming.destroyed) throw clientGone(INCOMPLETE);
      if (awaitsContinue(reply)) reply.writeContinue();
      return collect(incoming, { limits, charge, arrivals });
    },
  };
}

interface Collecting {
  readonly limits: BodyLimits;
  readonly charge: Charge | undefined;
  readonly arrivals: Arrivals | undefined;
}

function collect(incoming: IncomingMessage, { limits, charge, arrivals }: Collecting): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const collected = new ByteCollector();
    const refuse = (error: unknown): void => {
      leave?.();
      collected.clear();
      incoming.off("data", add);
      reject(error);
    };
    const add = (chunk: Buffer): void => {
      try {
        if (collected.size + chunk.length > limits.maxBytes) throw bodyTooLarge(`more than ${limits.maxBytes}`, limits);
        charge?.(chunk.length);
        collected.add(chunk);
      } catch (error) {
        refuse(error);
      }
    };
    const leave = arrivals?.add({
      get received() {
        return collected.size;
      },
      refuse,
    });
    incoming.on("data", add);
    incoming.once("end", () => {
      leave?.();
      // In HTTP/2, a body that the client breaks off also ends.
      if (incoming.aborted) reject(clientGone(INCOMPLETE));
      else resolve(collected.concat());
    });
    incoming.once("error", (cause) => refuse(clientGone(INCOMPLETE, cause)));
    // Middleware may have paused it.
    incoming.resume();
  });
}
