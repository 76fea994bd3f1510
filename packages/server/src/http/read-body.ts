import type { IncomingMessage } from "node:http";
import { TricastError } from "@tricast/core";
import { ByteCollector } from "./byte-collector.ts";

/**
 * The body's bytes; `undefined` when there are none. A body that says its size is refused before a byte of it is read,
 * any other as soon as it is over `maxBytes`; what still comes of it is let go.
 * @throws {TricastError} `body-too-large`; `request-cancelled` when the client goes away.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const collected = new ByteCollector();
    const add = (chunk: Buffer): void => {
      if (collected.size + chunk.length <= maxBytes) collected.add(chunk);
      else {
        collected.clear();
        request.off("data", add);
        reject(tooLarge(`more than ${maxBytes}`, maxBytes));
      }
    };
    request.on("data", add);
    request.once("end", () => resolve(collected.size === 0 ? undefined : collected.concat()));
    request.once("error", (cause) =>
      reject(new TricastError("request-cancelled", "The client went away before its body was complete", { cause })),
    );
  });
}

/** @throws {TricastError} `body-too-large` when the length in the head is over `maxBytes`. */
export function refuseDeclaredSize(request: IncomingMessage, maxBytes: number): void {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(String(declared), maxBytes);
}

/** Worded as the core words it, so that one client reads one text everywhere. */
function tooLarge(size: string, maxBytes: number): TricastError {
  return new TricastError("body-too-large", `The body is ${size} bytes; the limit is ${maxBytes} (limits.bodyBytes)`);
}
