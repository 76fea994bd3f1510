import { type Adapter, type InferenceResponse, toBytes } from "@tricast/core/adapter";
import type { AcmeContext, AcmeEvent, AcmeReply } from "./events.ts";
import { ACME } from "./platform.ts";
import { toHeaders, toRequest } from "./to-request.ts";

export const adapter: Adapter<AcmeEvent, AcmeContext, AcmeReply> = {
  platform: ACME,
  toPing: ({ ping }) => ping && { kind: "acme", concurrency: ping.siblings, holdMs: ping.holdMs },
  toInvocation: ({ headers }, context) => ({
    id: context.call,
    platform: ACME.name,
    deadline: Date.now() + context.msLeft(),
    traceparent: toHeaders(headers).traceparent,
    native: context,
  }),
  toRequest,
  toResult: ({ status, headers, body }) => ({
    code: status,
    headers: toLines(headers),
    body: Buffer.from(toBytes(body)).toString("base64"),
  }),
  toStreamedResult: ({ status, headers, body }) => ({ code: status, headers: toLines(headers), body }),
  toPong: (report) => ({ code: 200, headers: [], body: Buffer.from(JSON.stringify(report)).toString("base64") }),
};

/** An array is a header that is sent once per element. */
function toLines(headers: InferenceResponse["headers"]): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((line): [string, string] => [name, line]),
  );
}
