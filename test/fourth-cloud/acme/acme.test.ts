import { testAdapter, type WireRequest, type WireResponse } from "@tricast/core/testing";
import { acme } from "./acme.ts";
import type { AcmeContext, AcmeEvent, AcmeReply, AcmeUpload } from "./events.ts";
import { ACME } from "./platform.ts";

testAdapter({
  name: "acme",
  platform: ACME,
  pings: "own",
  deadline: "settable",
  streams: true,
  guards: true,
  start(predictor, { remainingMs, serviceOptions }) {
    const handler = acme(predictor, serviceOptions);
    return {
      send: async (request) => toWire(await handler(toEvent(request), context(remainingMs))),
      async ping({ concurrency = 1, holdMs }) {
        const ping = { siblings: concurrency, ...(holdMs !== undefined && { holdMs }) };
        const reply = await handler({ verb: "", path: "", headers: [], ping }, context());
        return JSON.parse(Buffer.from((await toWire(reply)).body).toString());
      },
      close: () => {},
    };
  },
});

let calls = 0;

function context(remainingMs = 10_000): AcmeContext {
  const end = Date.now() + remainingMs;
  return { call: `acme-${++calls}`, msLeft: () => end - Date.now() };
}

const LARGEST_INLINE = 65_536;

/** What Acme makes of a client's request. */
function toEvent({ method, target, headers, body }: WireRequest): AcmeEvent {
  const head = { verb: method, path: target, headers };
  if (body.length > LARGEST_INLINE) return { ...head, upload: uploadOf(body) };
  return { ...head, body: Buffer.from(body).toString("base64") };
}

function uploadOf(body: Uint8Array): AcmeUpload {
  return {
    async *read() {
      for (let at = 0; at < body.length; at += LARGEST_INLINE) yield body.subarray(at, at + LARGEST_INLINE);
    },
  };
}

/** What the client receives. */
async function toWire({ code, headers, body }: AcmeReply): Promise<WireResponse> {
  if (typeof body === "string") return { status: code, headers, body: Buffer.from(body, "base64") };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { status: code, headers, body: Buffer.concat(chunks) };
}
