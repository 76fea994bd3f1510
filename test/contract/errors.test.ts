import assert from "node:assert/strict";
import { definePredictor, ERRORS, type ErrorCode, TricastError } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import * as v from "valibot";
import type { WireRequest } from "../events/event-source.ts";
import { fleet, type Instance, type Subject } from "./support/fleet.ts";
import { assertLikeCore } from "./support/reference.ts";
import { headerOf, jsonOf, post, postBytes, request, wireText } from "./support/requests.ts";

const SECRET = "hunter2 at /srv/internal/secret.ts";
const CODES = Object.keys(ERRORS) as ErrorCode[];

class Leaky extends Error {
  readonly token = SECRET;
}

const HIDDEN = "a coded error whose message is not for clients";

/** What somebody's code may throw. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  "an error": () => new Leaky(SECRET),
  "an error with a cause": () => new Error("outer", { cause: new Error(SECRET) }),
  text: () => SECRET,
  "an object that looks like a response": () => ({
    message: SECRET,
    statusCode: 200,
    status: 200,
    body: SECRET,
    headers: { "x-leak": SECRET },
  }),
  undefined: () => undefined,
  "a symbol": () => Symbol(SECRET),
  [HIDDEN]: () => new TricastError("internal", SECRET, { cause: new Error(SECRET) }),
};

/** Fails as it is told to. */
const failing = definePredictor({
  name: "failing",
  input: v.object({
    mode: v.picklist(["ok", "code", "throw", "reject", "badOutput", "undefinedOutput", "circular"]),
    code: v.optional(v.picklist(CODES)),
    thrown: v.optional(v.picklist(Object.keys(THROWN))),
    n: v.optional(v.number()),
  }),
  output: v.union([v.object({ n: v.number() }), v.looseObject({ circular: v.literal(true) })]),
  load: () => ({}),
  limits: { bodyBytes: 2_000, instances: 3 },
  predict({ mode, code, thrown, n = 1 }) {
    if (mode === "code") {
      const issues = [{ pointer: "/x", message: "is wrong" }];
      const headers = { "x-hint": "1" };
      throw new TricastError(code!, `told to: ${code}`, { issues, headers, retryAfterSeconds: 2.1 });
    }
    if (mode === "throw") throw THROWN[thrown!]!();
    if (mode === "reject") return Promise.reject(THROWN[thrown!]!());
    if (mode === "badOutput") return { n: SECRET as unknown as number };
    if (mode === "undefinedOutput") return undefined as never;
    if (mode === "circular") {
      const circle: Record<string, unknown> = { circular: true, secret: SECRET };
      circle.self = circle;
      return circle as never;
    }
    return { n };
  },
});

const everywhere = fleet(() => ({ predictor: failing }));

interface Failure {
  readonly code: ErrorCode;
  readonly request: WireRequest;
  readonly headers?: Readonly<Record<string, string>>;
}

const OK = post({ mode: "ok", n: 7 });

/** The same problem as the core's own, no secret and no place in our code in it, and the next request is served. */
async function assertFails(instance: Instance<Subject>, failure: Failure, next = OK): Promise<void> {
  const { predictor } = instance.subject;
  const response = await assertLikeCore(instance, predictor, failure.request, failure.code);
  assert.equal(response.status, ERRORS[failure.code].status);
  assert.equal(headerOf(response, "content-type"), "application/problem+json");
  const problem = jsonOf(response);
  assert.equal(problem.code, failure.code);
  assert.equal(problem.status, response.status);
  for (const [name, value] of Object.entries(failure.headers ?? {})) assert.equal(headerOf(response, name), value);
  assert.ok(!wireText(response).includes(SECRET), "the secret is in the response");
  assert.doesNotMatch(
    wireText(response),
    /\/work\/|node_modules|\.ts:\d|\bat [\w.<>]+ \(/,
    "a stack is in the response",
  );
  assert.equal((await assertLikeCore(instance, predictor, next, "the next request")).status, 200);
}

const LONG = "x".repeat(3_000);

/** How a client meets each code that it can bring about with a request alone. */
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
  "gzip that is not gzip": {
    code: "invalid-body",
    request: post("{}", {
      headers: [
        ["content-type", "application/json"],
        ["content-encoding", "gzip"],
      ],
    }),
  },
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
  "an unknown content type": {
    code: "unsupported-media-type",
    request: post({}, { headers: [["content-type", "text/html"]] }),
  },
  "what curl sends by default": {
    code: "unsupported-media-type",
    request: post({}, { headers: [["content-type", "application/x-www-form-urlencoded"]] }),
  },
  "an unknown encoding": {
    code: "unsupported-encoding",
    request: post("{}", {
      headers: [
        ["content-type", "application/json"],
        ["content-encoding", "zstd"],
      ],
    }),
    headers: { "accept-encoding": "gzip, br, deflate, identity" },
  },
  "a wrong shape": { code: "invalid-input", request: post({ mode: "nope" }) },
  "several wrong instances": {
    code: "invalid-input",
    request: post({ instances: [{ mode: "ok" }, { mode: 1 }, null] }),
  },
  "NaN, which is no JSON": { code: "invalid-json", request: post('{"mode":"ok","n":NaN}') },
  "an output outside the schema": { code: "invalid-output", request: post({ mode: "badOutput" }) },
  "no output": { code: "invalid-output", request: post({ mode: "undefinedOutput" }) },
  "an output that JSON cannot hold": { code: "invalid-output", request: post({ mode: "circular" }) },
};

for (const [what, failure] of Object.entries(BY_REQUEST)) {
  everywhere.each(`${failure.code}: ${what}`, (instance) => assertFails(instance, failure));
}

for (const thrown of Object.keys(THROWN)) {
  everywhere.each(
    `predict fails with ${thrown}, and the client reads nothing of it: thrown or rejected, one or many`,
    async (instance) => {
      const code = thrown === HIDDEN ? "internal" : "predict-failed";
      for (const mode of ["throw", "reject"]) {
        await assertFails(instance, { code, request: post({ mode, thrown }) });
        await assertFails(instance, { code, request: post({ instances: [{ mode: "ok" }, { mode, thrown }] }) });
      }
    },
  );
}

everywhere.each("every code of the table, thrown by predict, is the same problem", async (instance) => {
  assert.ok(CODES.length > 30);
  for (const code of CODES) {
    await assertFails(instance, {
      code,
      request: post({ mode: "code", code }),
      headers: { "retry-after": "3", "x-hint": "1" },
    });
  }
});

everywhere.each("HEAD of what fails has the status and headers, and no body", async (instance) => {
  for (const target of ["/nowhere", "/predict"]) {
    const response = await assertLikeCore(instance, failing, request({ method: "HEAD", target }));
    assert.equal(response.body.length, 0);
    assert.equal(headerOf(response, "content-type"), "application/problem+json");
  }
});

const IRIS = new URL("../../handlers/iris/iris.onnx", import.meta.url);

/** A graph that serves itself: what the model's own inputs refuse. */
const tensors = fleet(() => ({ predictor: definePredictor({ name: "graph", model: onnx(IRIS.href) }) }));
const GOOD_TENSOR = post({ features: [[5.1, 3.5, 1.4, 0.2]] });

const BY_TENSOR: Readonly<Record<string, unknown>> = {
  "a wrong length": { features: [[5.1, 3.5, 1.4]] },
  "a ragged shape": {
    features: [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
  },
  "too many dimensions": { features: [[[[1, 2, 3, 4]]]] },
  "text for numbers": { features: [["a", "b", "c", "d"]] },
  "truth for numbers": { features: [[{}, null, [], 1]] },
  "a number too large for the type": { features: [[1e300, 1, 1, 1]] },
  "an unknown input": { feature: [[1, 2, 3, 4]] },
  "no input": {},
  "something else altogether": '"iris"',
  "several wrong instances": { instances: [[1, 2, 3, 4], [1, 2], { features: "x" }] },
};

for (const [what, body] of Object.entries(BY_TENSOR)) {
  tensors.each(`invalid-tensor: ${what}`, (instance) =>
    assertFails(instance, { code: "invalid-tensor", request: post(body) }, GOOD_TENSOR),
  );
}
