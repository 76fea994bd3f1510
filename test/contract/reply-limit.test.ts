import assert from "node:assert/strict";
import { definePredictor } from "@tricast/core";
import type { WireResponse } from "../events/event-source.ts";
import type { ContractHost } from "./hosts.ts";
import { fleet } from "./support/fleet.ts";
import { headerOf, jsonOf, post, request } from "./support/requests.ts";

interface Wanted {
  readonly unit: string;
  readonly count: number;
  readonly as: "text" | "bytes";
}

const { each } = fleet(() => ({
  predictor: definePredictor({
    name: "long",
    load: () => ({}),
    predict: ({ unit, count, as }: Wanted) => (as === "text" ? unit.repeat(count) : Buffer.alloc(count, 0xff)),
  }),
}));

/** Where a platform names no limit, a reply that would be over all the others' must arrive. */
const WITHOUT_LIMIT = 8 * 2 ** 20;
/** For status, headers and braces. */
const ENVELOPE = 65_536;

const limitOf = ({ replyBytes }: ContractHost): number => replyBytes ?? WITHOUT_LIMIT;

function assertTooLarge(response: WireResponse, host: ContractHost): void {
  assert.deepEqual([response.status, jsonOf(response).code], [500, "response-too-large"]);
  assert.equal(headerOf(response, "content-type"), "application/problem+json");
  assert.match(
    String(jsonOf(response).detail),
    new RegExp(`the reply is \\d+ bytes and the limit is ${host.replyBytes}`),
  );
}

each("text up to the platform's limit is sent, and above it is a coded error", async ({ host, send }) => {
  const below: Wanted = { unit: "a", count: limitOf(host) - ENVELOPE, as: "text" };
  const sent = await send(post(below));
  assert.equal(sent.status, 200);
  assert.equal(sent.body.byteLength, below.count + 2);
  const above = await send(post({ ...below, count: limitOf(host) + 1 }));
  if (host.replyBytes === undefined) assert.equal(above.status, 200);
  else assertTooLarge(above, host);
});

each("bytes count as the platform carries them", async ({ host, send }) => {
  const count = Math.ceil(limitOf(host) * (host.platform === "aws-lambda" ? 0.76 : 1)) + 1;
  const response = await send(post({ unit: "", count, as: "bytes" }));
  if (host.replyBytes === undefined) assert.equal(response.body.byteLength, count);
  else assertTooLarge(response, host);
});

each("characters that grow when they are escaped count in full", async ({ host, send }) => {
  const count = Math.ceil(limitOf(host) / 6);
  const response = await send(post({ unit: "\u0001", count, as: "text" }));
  if (host.replyBytes === undefined) assert.equal(response.body.byteLength, 6 * count + 2);
  else assertTooLarge(response, host);
});

each("after a reply that was too large the next is sent", async ({ host, send }) => {
  const many = Array.from({ length: 9 }, () => ({ unit: "é", count: Math.ceil(limitOf(host) / 16), as: "text" }));
  const response = await send(post({ instances: many }));
  if (host.replyBytes === undefined) assert.equal(response.status, 200);
  else assertTooLarge(response, host);
  const next = await send(post({ unit: "b", count: 3, as: "text" }));
  assert.equal(Buffer.from(next.body).toString(), '"bbb"');
  assert.equal((await send(request({ method: "GET", target: "/health" }))).status, 200);
});
