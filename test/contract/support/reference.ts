import assert from "node:assert/strict";
import {
  type AnyPredictor,
  createService,
  type InferenceRequest,
  type InferenceResponse,
  type Platform,
} from "@tricast/core";
import { splitTarget, type WireRequest, type WireResponse } from "../../events/event-source.ts";
import type { ContractHost } from "../hosts.ts";

/** What must be the same everywhere, of one answer. */
export interface Answer {
  readonly status: number;
  /** Lower-case names in order, repeats joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * What the core itself answers, with no platform and no adapter between: what every host is held to.
 * `mount` is what a client of the host writes before the path.
 */
export async function coreAnswer(
  predictor: AnyPredictor,
  request: WireRequest,
  mount = "",
  platform: Platform = "local",
): Promise<Answer> {
  const service = createService(predictor, { platform, ...(mount === "" ? {} : { basePath: mount }) });
  const invocation = { id: "reference", platform: "local" as const, native: undefined, log: () => {} };
  try {
    return fromCore(await service.handle(toInference(request, mount), invocation));
  } finally {
    await service.close();
  }
}

/** Asserts that a host's answer is the core's: status, every header that is ours, every byte. */
export function assertSame(wire: WireResponse, expected: Answer, because = ""): void {
  const got = fromWire(wire);
  const where = because === "" ? "" : `${because}: `;
  assert.equal(got.status, expected.status, `${where}${got.body.subarray(0, 500)}`);
  if (!got.body.equals(expected.body)) {
    assert.equal(got.body.toString("latin1"), expected.body.toString("latin1"), `${where}the bodies differ`);
  }
  assert.deepEqual(got.headers, expected.headers, `${where}the headers differ`);
}

/** Asserts that the answer to `request` is what the core makes of it for the same predictor. */
export async function assertLikeCore(
  instance: { host: ContractHost; send(request: WireRequest): Promise<WireResponse> },
  predictor: AnyPredictor,
  request: WireRequest,
  because = `${request.method} ${request.target}`,
): Promise<WireResponse> {
  const wire = await instance.send(request);
  assertSame(wire, await coreAnswer(predictor, request, instance.host.mount), because);
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
 * Headers that differ from answer to answer, or that belong to one hop (RFC 9110, 7.6.1). All others are compared.
 * The length is checked against the body where it is there.
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

function fromCore({ status, headers, body }: InferenceResponse): Answer {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : value.map((one) => [name, one] as const),
  );
  return toAnswer(status, pairs, typeof body === "string" ? Buffer.from(body) : Buffer.from(body));
}

function fromWire({ status, headers, body }: WireResponse): Answer {
  return toAnswer(status, headers, Buffer.from(body));
}

function toAnswer(status: number, pairs: WireResponse["headers"], body: Buffer): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (OF_THE_MOMENT.includes(name)) continue;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status, headers, body };
}
