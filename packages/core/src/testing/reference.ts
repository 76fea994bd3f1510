import assert from "node:assert/strict";
import { collect, isStreamed } from "../pipeline/stream.ts";
import { LOCAL, type PlatformTraits } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { InferenceRequest, InferenceResponse } from "../seam.ts";
import { createService } from "../service.ts";
import type { AdapterHost } from "./host.ts";
import { assertBytes, type Send, splitTarget, type WireRequest, type WireResponse } from "./wire.ts";

/** What a host adds to a client's path, and removes from it. */
export type PathParts = Pick<AdapterHost, "mount" | "prefix">;

/** The part of a response that must be the same on every host. */
export interface Answer {
  readonly status: number;
  /** Lower-case names in order, repeats joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The response of the core itself, without a platform and an adapter. Every host must send the same.
 */
export async function coreAnswer(
  predictor: AnyPredictor,
  request: WireRequest,
  { mount = "", prefix }: PathParts = {},
  platform: PlatformTraits = LOCAL,
): Promise<Answer> {
  const service = createService(predictor, { platform, ...(mount === "" ? {} : { basePath: mount }) });
  const invocation = { id: "reference", platform: platform.name, native: undefined, log: () => {} };
  try {
    return await fromCore(await service.handle({ ...toInference(request, mount), prefix }, invocation));
  } finally {
    await service.close();
  }
}

/** Asserts that a host's response is the core's: status, every header that is ours, every byte. */
export function assertSame(wire: WireResponse, expected: Answer, because = ""): void {
  const got = toAnswer(wire.status, wire.headers, Buffer.from(wire.body));
  const where = because === "" ? "" : `${because}: `;
  assert.equal(got.status, expected.status, `${where}${got.body.subarray(0, 500)}`);
  assertBytes(got.body, expected.body, `${where}${got.body.subarray(0, 500)}`);
  assert.deepEqual(got.headers, expected.headers, `${where}the headers differ`);
}

/** Asserts that the response to `request` is the core's own for the same predictor. */
export async function assertLikeCore(
  instance: { readonly host: PathParts; readonly send: Send },
  predictor: AnyPredictor,
  request: WireRequest,
  because = `${request.method} ${request.target}`,
): Promise<WireResponse> {
  const wire = await instance.send(request);
  assertSame(wire, await coreAnswer(predictor, request, instance.host), because);
  return wire;
}

function toInference({ method, target, headers, body }: WireRequest, mount: string): InferenceRequest {
  const { path, query } = splitTarget(mount + target);
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
  }
  return { method, path, query, headers: joined, body: body.length === 0 ? undefined : body };
}

/**
 * Headers that differ from response to response, or that belong to one hop (RFC 9110, 7.6.1). All others are compared.
 * A length that is wrong shows in the body.
 */
const OF_THE_MOMENT = [
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "server-timing",
  "transfer-encoding",
  "x-request-id",
  "x-tricast-cold-start",
];

async function fromCore(response: InferenceResponse): Promise<Answer> {
  const pairs = Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : value.map((one) => [name, one] as const),
  );
  const body = isStreamed(response) ? await collect(response.body, Number.POSITIVE_INFINITY) : response.body;
  return toAnswer(response.status, pairs, Buffer.from(body as Uint8Array));
}

function toAnswer(status: number, pairs: WireResponse["headers"], body: Buffer): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (OF_THE_MOMENT.includes(name)) continue;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status, headers, body };
}
