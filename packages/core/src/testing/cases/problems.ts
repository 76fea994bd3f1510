import assert from "node:assert/strict";
import type { Host } from "../host.ts";
import { assertLikeCore } from "../reference.ts";
import { serve } from "../suite.ts";
import { headerOf, post, postBytes, request, type WireRequest } from "../wire.ts";
import { assertFails, type Failure, failing } from "./failing.ts";

const LONG = "x".repeat(3_000);

const encoded = (encoding: string): WireRequest =>
  post("{}", {
    headers: [
      ["content-type", "application/json"],
      ["content-encoding", encoding],
    ],
  });

const typed = (contentType: string): WireRequest => post({}, { headers: [["content-type", contentType]] });

/** A request for each code that a client can cause with a request alone. */
const BY_REQUEST: Readonly<Record<string, Failure>> = {
  "malformed JSON": { code: "invalid-json", request: post('{"mode":') },
  "no body": { code: "invalid-json", request: post("") },
  "a malformed NDJSON line": {
    code: "invalid-json",
    request: postBytes(Buffer.from('{"mode":"ok"}\nnope'), "application/x-ndjson"),
  },
  "text that is not UTF-8": {
    code: "invalid-body",
    request: postBytes(Buffer.from([0x22, 0xff, 0x22]), "application/x-ndjson"),
  },
  "gzip that is not gzip": { code: "invalid-body", request: encoded("gzip") },
  "a CSV row of another width": {
    code: "invalid-body",
    request: postBytes(Buffer.from("1,2\n3"), "text/csv; header=present"),
  },
  "an unknown route": { code: "not-found", request: post({}, { target: "/nowhere?a=1" }) },
  "a route of the prototype": { code: "not-found", request: post({}, { target: "/constructor" }) },
  "a wrong method": {
    code: "method-not-allowed",
    request: request({ method: "DELETE" }),
    headers: { allow: "POST, OPTIONS" },
  },
  "POST to a route that is read": {
    code: "method-not-allowed",
    request: post({}, { target: "/health" }),
    headers: { allow: "GET, HEAD, OPTIONS" },
  },
  "GET of predict": {
    code: "method-not-allowed",
    request: request({ method: "GET" }),
    headers: { allow: "POST, OPTIONS" },
  },
  "a body over the limit": { code: "body-too-large", request: post({ mode: "ok", pad: LONG }) },
  "binary over the limit": { code: "body-too-large", request: postBytes(Buffer.alloc(2_001, 0xff)) },
  "too many instances": { code: "body-too-large", request: post({ instances: [1, 2, 3, 4] }) },
  "an unknown content type": { code: "unsupported-media-type", request: typed("text/html") },
  "what curl sends by default": {
    code: "unsupported-media-type",
    request: typed("application/x-www-form-urlencoded"),
  },
  "an unknown encoding": {
    code: "unsupported-encoding",
    request: encoded("lz4"),
    headers: { "accept-encoding": "gzip, br, zstd, deflate, identity" },
  },
  "a wrong shape": { code: "invalid-input", request: post({ mode: "nope" }) },
  "several wrong instances": {
    code: "invalid-input",
    request: post({ instances: [{ mode: "ok" }, { mode: 1 }, null] }),
  },
  "NaN, which is not JSON": { code: "invalid-json", request: post('{"mode":"ok","n":NaN}') },
  "an output outside the schema": { code: "invalid-output", request: post({ mode: "badOutput" }) },
  "no output": { code: "invalid-output", request: post({ mode: "undefinedOutput" }) },
  "an output that JSON cannot hold": { code: "invalid-output", request: post({ mode: "circular" }) },
};

export function problems(host: Host): void {
  const it = serve(host, () => ({ predictor: failing }));

  for (const [what, failure] of Object.entries(BY_REQUEST)) {
    it(`${failure.code}: ${what}`, (instance) => assertFails(instance, failure));
  }

  it("HEAD of a request that fails has its status and headers, and no body", async (instance) => {
    for (const target of ["/nowhere", "/predict"]) {
      const response = await assertLikeCore(instance, failing, request({ method: "HEAD", target }));
      assert.equal(response.body.length, 0);
      assert.equal(headerOf(response, "content-type"), "application/problem+json");
    }
  });
}
