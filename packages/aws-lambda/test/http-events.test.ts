import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LambdaContext } from "@tricast/aws-lambda";
import type { ReceivedRequest, WholeResponse } from "@tricast/core/adapter";
import fc from "fast-check";
import { AWS_EVENT_SOURCES } from "../../../test/events/aws/sources.ts";
import type { EventSource, WireRequest } from "../../../test/events/event-source.ts";
import { adapterOf, lambdaAdapters } from "../src/adapters.ts";

const context = { awsRequestId: "id", getRemainingTimeInMillis: () => 3_000 } as LambdaContext;
const adapters = lambdaAdapters();

async function receive(source: EventSource, request: WireRequest): Promise<ReceivedRequest> {
  return received(JSON.parse(JSON.stringify(source.build(request))));
}

/** The request of an event, with its body read. */
async function received(event: unknown): Promise<ReceivedRequest> {
  const adapter = adapterOf(adapters, event);
  assert.ok(adapter, "no adapter");
  const request = await adapter.toRequest(event, context);
  const { body } = request;
  const isReady = typeof body !== "object" || body instanceof Uint8Array;
  return { ...request, body: isReady ? body : await body.read({ maxBytes: 1_000_000, name: "test" }) };
}

async function answer(source: EventSource, response: WholeResponse) {
  const event = source.build(requestOf({}));
  return source.read(await adapterOf(adapters, event)?.toResult(response, event, context), event);
}

function requestOf(part: Partial<WireRequest>): WireRequest {
  return { method: "POST", target: "/predict", headers: [["host", "example.com"]], body: new Uint8Array(), ...part };
}

function bytesOf(body: string | Uint8Array | undefined): Buffer {
  return typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body ?? []);
}

const bytes = fc.uint8Array({ maxLength: 2_000, size: "max" });
const binaryType = fc.constantFrom("application/octet-stream", "image/png", "application/x-npy", "IMAGE/JPEG");
const textType = fc.constantFrom(
  "application/json",
  "text/csv; charset=utf-8",
  "application/problem+json",
  "text/plain",
);
const text = fc.string({ unit: "grapheme", maxLength: 300 });
const token = fc.stringMatching(/^[A-Za-z0-9_.~-]{1,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const customName = fc.oneof(
  fc.stringMatching(/^x-[a-z0-9-]{1,12}$/).filter((name) => name !== "x-amzn-trace-id"),
  // Names that every object has already.
  fc.constantFrom("constructor", "valueof", "__proto__"),
);

for (const source of AWS_EVENT_SOURCES) {
  describe(source.name, () => {
    it("hands every byte of a binary request on", async () => {
      await fc.assert(
        fc.asyncProperty(bytes, binaryType, async (body, type) => {
          const request = await receive(source, requestOf({ body, headers: [["content-type", type]] }));
          assert.deepEqual(bytesOf(request.body), Buffer.from(body));
          assert.equal(request.headers["content-type"], type);
        }),
      );
    });

    it("hands text on as it was written", async () => {
      await fc.assert(
        fc.asyncProperty(text, textType, async (body, type) => {
          const wire = requestOf({ body: Buffer.from(body, "utf8"), headers: [["content-type", type]] });
          assert.equal(bytesOf((await receive(source, wire)).body).toString("utf8"), body.toWellFormed());
        }),
      );
    });

    it("keeps the method, path and every query parameter", async () => {
      const pairs = fc.array(fc.tuple(token, fc.string({ unit: "grapheme", maxLength: 12 })), { maxLength: 6 });
      const segments = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(segments, pairs, fc.constantFrom("GET", "POST", "OPTIONS"), async (parts, query, method) => {
          const path = `/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join("/")}`;
          const search = query.map(([name, one]) => `${name}=${encodeURIComponent(one.toWellFormed())}`).join("&");
          const target = search === "" ? path : `${path}?${search}`;
          const request = await receive(source, requestOf({ method, target }));
          assert.equal(request.method, method);
          assert.match(request.path, /^\/[\x21-\x7e]*$/);
          assert.equal(decodeURIComponent(request.path), decodeURIComponent(path));
          const expected = keepsRepeats(source) ? query : lastOfEach(query);
          const got = [...new URLSearchParams(request.query)];
          const wellFormed = expected.map(([name, one]) => [name, one.toWellFormed()]);
          const [seen, sent] = [groupByName(got), groupByName(wellFormed as [string, string][])];
          assert.equal(seen.size, sent.size);
          for (const [name, values] of sent) assert.deepEqual(seen.get(name), values);
        }),
      );
    });

    it("hands repeated headers and cookies on under lower-case names", async () => {
      await fc.assert(
        fc.asyncProperty(customName, fc.array(value, { minLength: 1, maxLength: 4 }), async (name, values) => {
          const headers = [
            ["Cookie", "a=1; b=2"],
            ...values.map((one) => [name.toUpperCase(), one] as [string, string]),
          ] as [string, string][];
          const request = await receive(source, requestOf({ headers }));
          const expected = keepsHeaderRepeats(source) ? values : values.slice(-1);
          const got = request.headers[name] ?? "";
          assert.equal(got.replaceAll(", ", ","), expected.join(",").replaceAll(", ", ","));
          assert.equal(request.headers.cookie, "a=1; b=2");
        }),
      );
    });

    it("answers with every byte of a binary body", async () => {
      await fc.assert(
        fc.asyncProperty(bytes, binaryType, async (body, type) => {
          const wire = await answer(source, { status: 200, headers: { "content-type": type }, body });
          assert.deepEqual(Buffer.from(wire.body), Buffer.from(body));
        }),
      );
    });

    it("answers text as text, and bytes of a text type that are no text as bytes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(bytes, text), textType, async (body, type) => {
          const sent = typeof body === "string" ? body.toWellFormed() : body;
          const wire = await answer(source, { status: 200, headers: { "content-type": type }, body: sent });
          assert.deepEqual(Buffer.from(wire.body), bytesOf(sent));
        }),
      );
    });

    it("answers with encoded bodies untouched", async () => {
      const body = Buffer.from("looks like text");
      const headers = { "content-type": "application/json", "content-encoding": "identity" };
      assert.deepEqual(Buffer.from((await answer(source, { status: 200, headers, body })).body), body);
    });

    it("sends every cookie as a header of its own, commas in Expires and all", async () => {
      const cookies = Array.from(
        { length: 7 },
        (_, index) => `c${index}=v; Expires=Wed, 21 Oct 2026 07:28:0${index} GMT`,
      );
      for (const count of [1, 2, 7]) {
        const sent = cookies.slice(0, count);
        const headers = { "content-type": "text/plain", "set-cookie": sent };
        const wire = await answer(source, { status: 200, headers, body: "ok" });
        const got = wire.headers.filter(([name]) => name === "set-cookie").map(([, one]) => one);
        assert.deepEqual(got, sent);
      }
      const wire = await answer(source, { status: 200, headers: { "set-cookie": cookies[0] as string }, body: "" });
      assert.deepEqual(
        wire.headers.filter(([name]) => name === "set-cookie"),
        [["set-cookie", cookies[0]]],
      );
    });

    it("keeps the status and every value of other headers", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 200, max: 599 }),
          customName,
          fc.array(value, { minLength: 1, maxLength: 3 }),
          async (status, name, values) => {
            fc.pre(name !== "__proto__");
            const wire = await answer(source, { status, headers: { [name]: values }, body: "" });
            assert.equal(wire.status, status);
            const got = wire.headers.filter(([key]) => key === name).map(([, one]) => one);
            assert.equal(got.join(", "), values.join(", "));
          },
        ),
      );
    });

    it("refuses a body that is not the base64 it claims to be", async () => {
      const good = Buffer.from("some bytes").toString("base64");
      for (const bad of [
        `${good.slice(0, -2)}`,
        `*${good}`,
        good.replace("=", ""),
        "a-_b",
        `${good}\n`,
        "QUJD\u0141\u0141\u0141\u0141",
        "QQ=A",
      ]) {
        const event = withBody(source, bad);
        await assert.rejects(
          received(event),
          (error: { code?: string }) => error.code === "invalid-body",
          `accepted ${JSON.stringify(bad)}`,
        );
      }
      const request = await received(withBody(source, good));
      assert.equal(bytesOf(request.body).toString(), "some bytes");
    });

    it("refuses a reply exactly one byte over the platform's limit and sends one exactly at it", async () => {
      const limit = source.name.startsWith("ALB") ? 1_048_576 : 6_291_556;
      const event = source.build(requestOf({}));
      const adapter = adapterOf(adapters, event);
      const reply = async (body: string | Uint8Array) =>
        adapter?.toResult({ status: 200, headers: { "content-type": "text/plain" }, body }, event, context);
      const envelope = JSON.stringify(await reply("")).length;
      for (const unit of ["a", "\n", "é", "\u0001"]) {
        const each = Buffer.byteLength(JSON.stringify(unit)) - 2;
        const count = Math.floor((limit - envelope) / each);
        const rest = "a".repeat(limit - envelope - count * each);
        source.read(await reply(unit.repeat(count) + rest), event);
        await assert.rejects(
          async () => reply(`${unit.repeat(count)}${rest}a`),
          (error: { code?: string; message: string }) =>
            error.code === "response-too-large" && error.message.includes(String(limit + 1)),
        );
      }
      await assert.rejects(
        async () => reply(Buffer.alloc(Math.ceil(limit * 0.76), 0xff)),
        (error: { code?: string }) => error.code === "response-too-large",
      );
    });

    it("has no body and no query where the request has none", async () => {
      const request = await receive(source, requestOf({ method: "GET" }));
      assert.equal(request.body, undefined);
      assert.equal(request.query, "");
      assert.equal(request.path, "/predict");
    });
  });
}

/** What is left of repeats is the platform's choice: it hands on the last value only. */
function keepsRepeats(source: EventSource): boolean {
  return source.name !== "ALB, single-value headers";
}

function keepsHeaderRepeats(source: EventSource): boolean {
  return source.name !== "ALB, single-value headers";
}

function lastOfEach(pairs: readonly (readonly [string, string])[]): [string, string][] {
  return [...new Map(pairs)];
}

/** Sources that carry parameters in maps keep the order of values under a name, and of names only by first sight. */
function groupByName(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, one] of pairs) groups.set(name, [...(groups.get(name) ?? []), one]);
  return groups;
}

function withBody(source: EventSource, body: string): unknown {
  const event = source.build(requestOf({ body: Buffer.from("x"), headers: [["content-type", "image/png"]] }));
  const flag = "is_base64_encoded" in (event as object) ? "is_base64_encoded" : "isBase64Encoded";
  return { ...(event as object), body, [flag]: true };
}
