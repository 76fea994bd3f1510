import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, type Predictor, type PredictorDefinition, TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { jsonOf, post } from "./support/calls.ts";

/** Answers with what it was given, so that a test sees what the decoder made. */
function echo(options: Partial<PredictorDefinition<unknown, unknown, undefined, Record<string, never>>> = {}) {
  const predictor = definePredictor({
    name: "echo",
    predict: (input: unknown, { parameters }: { parameters: unknown }) => ({ input: seen(input), parameters }),
    ...options,
  } as never) as Predictor;
  return createService(predictor);
}

function seen(input: unknown): unknown {
  return input instanceof Uint8Array ? { bytes: [...input] } : input;
}

const refusal = async (body: unknown, headers?: Record<string, string>, service = echo()) => {
  const response = await post(service, body, headers);
  const { code, detail } = jsonOf(response);
  return { status: response.status, code, detail };
};

test("any JSON value is an input", async () => {
  const service = echo();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      fc.pre(typeof value !== "object" || value === null || !("instances" in value));
      // -0 is 0 in JSON.
      const expected = JSON.parse(JSON.stringify(value));
      const response = await post(service, JSON.stringify(value));
      assert.deepEqual(jsonOf(response).input, expected);
    }),
  );
});

test("text and bytes of the same JSON decode alike, with or without a byte order mark", async () => {
  const service = echo();
  const text = '{"a":"é€😀"}';
  for (const body of [text, Buffer.from(text), `\uFEFF${text}`, Buffer.from(`\uFEFF${text}`)]) {
    assert.deepEqual(jsonOf(await post(service, body)).input, { a: "é€😀" });
  }
});

test("JSON is what an absent content type, a charset and a +json suffix mean", async () => {
  const service = echo();
  const types = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/vnd.api+json",
    "application/json;",
  ];
  for (const type of types) {
    assert.deepEqual(jsonOf(await post(service, "[1]", { "content-type": type })).input, [1]);
  }
  assert.deepEqual(jsonOf(await post(service, "[1]", {})).input, [1]);
});

test("instances are a batch, with parameters for predict", async () => {
  const service = echo();
  const body = { instances: [1, "two", null], parameters: { top: 3 }, signature_name: "serving_default" };
  assert.deepEqual(jsonOf(await post(service, body)), {
    predictions: [1, "two", null].map((input) => ({ input, parameters: { top: 3 } })),
  });
});

test("an object that has instances among its own members is one input", async () => {
  for (const body of [{ instances: [1], threshold: 2 }, { instances: 3 }, { instances: null }, [{ instances: [1] }]]) {
    assert.deepEqual(jsonOf(await post(echo(), body)), { input: body, parameters: {} });
  }
});

test("parameters must be an object", async () => {
  for (const parameters of [[], null, "x", 1]) {
    const response = await post(echo(), { instances: [1], parameters });
    assert.equal(response.status, 422);
    assert.deepEqual(jsonOf(response).errors, [{ pointer: "/parameters", message: "must be an object" }]);
  }
});

test("an empty batch is answered without asking the predictor", async () => {
  let calls = 0;
  const batch = definePredictor({
    name: "batch",
    predictBatch: (inputs: readonly unknown[]) => {
      calls++;
      return inputs;
    },
  });
  const response = await post(createService(batch), { instances: [] });
  assert.deepEqual(jsonOf(response), { predictions: [] });
  assert.equal(calls, 0);
});

test("malformed JSON, no body and an empty body are invalid-json", async () => {
  for (const body of ["{", "", "  \n", "{'a':1}", "[1,]", "NaN", "\u0000", Buffer.from("nul"), undefined]) {
    const { status, code } = await refusal(body);
    assert.deepEqual([status, code], [400, "invalid-json"], String(body));
  }
  assert.match((await refusal("")).detail, /The body is empty; send a JSON input/);
  assert.match((await refusal(undefined)).detail, /has no body/);
});

test("bytes that are not UTF-8 are invalid-body", async () => {
  for (const type of ["application/json", "text/csv", "application/x-ndjson"]) {
    const { status, code } = await refusal(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { "content-type": type });
    assert.deepEqual([status, code], [400, "invalid-body"]);
  }
});

test("any bytes either decode or are refused with 400, and the next request is answered", async () => {
  const service = echo();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const { status } = await post(service, bytes);
      assert.ok(status === 200 || status === 400, String(status));
    }),
  );
  assert.equal((await post(service, 1)).status, 200);
});

test("NDJSON is a batch that is answered as NDJSON, line by line", async () => {
  for (const type of ["application/x-ndjson", "application/jsonl", "application/jsonlines; charset=utf-8"]) {
    const response = await post(echo(), '{"a":1}\r\n\n[2]\n"x"', { "content-type": type });
    assert.equal(response.headers["content-type"], "application/x-ndjson");
    const lines = (response.body as string).split("\n");
    assert.equal(lines.pop(), "");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).input),
      [{ a: 1 }, [2], "x"],
    );
  }
});

test("a bad NDJSON line is named by its number in the body", async () => {
  const { code, detail } = await refusal("1\n\n{oops}\n", { "content-type": "application/x-ndjson" });
  assert.equal(code, "invalid-json");
  assert.match(detail, /^Line 3: /);
});

test("octet-stream and images without a decoder reach predict as the bytes that came", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("application/octet-stream", "image/png", "IMAGE/JPEG"),
      async (bytes, type) => {
        const response = await post(echo(), bytes, { "content-type": type });
        assert.deepEqual(jsonOf(response).input, { bytes: [...bytes] });
      },
    ),
  );
});

test("a text body of a binary type is its UTF-8 bytes", async () => {
  const response = await post(echo(), "é", { "content-type": "application/octet-stream" });
  assert.deepEqual(jsonOf(response).input, { bytes: [0xc3, 0xa9] });
});

test("a decoder is found by its exact type first, then by its family, whatever the case and parameters", async () => {
  const service = echo({
    decoders: {
      "image/*": (body, contentType) => ["any", body.length, contentType],
      "image/png": (body, contentType) => ["png", body.length, contentType],
      "application/json": (_body, contentType) => ["json", contentType],
      "text/plain": async (body) => Buffer.from(body).toString("utf8"),
    },
  });
  const cases: [string | undefined, unknown][] = [
    ["image/png", ["png", 2, "image/png"]],
    ["Image/PNG; q=1", ["png", 2, "Image/PNG; q=1"]],
    ["image/webp", ["any", 2, "image/webp"]],
    ["application/json", ["json", "application/json"]],
    ["application/json; charset=utf-8", ["json", "application/json; charset=utf-8"]],
    [undefined, ["json", "application/json"]],
    ["text/plain", "12"],
  ];
  for (const [type, expected] of cases) {
    const response = await post(service, "12", type === undefined ? {} : { "content-type": type });
    assert.deepEqual(jsonOf(response).input, expected);
  }
});

test("a decoder never answers for a type that only begins or reads like its own", async () => {
  const decoders = { "image/*": () => "image", "text/x-own": () => "own" };
  for (const type of ["imagex/png", "image", "text/x-own2", "constructor", "__proto__", "toString", "/", ""]) {
    const { status, code } = await refusal("1", { "content-type": type }, echo({ decoders }));
    assert.deepEqual([status, code], [415, "unsupported-media-type"], type);
  }
});

test("a decoder that throws is the client's error, in its own words only where it is coded", async () => {
  const fail = (error: unknown) => {
    throw error;
  };
  const service = echo({
    decoders: {
      "image/png": () => fail(new Error("secret/path/decoder.ts")),
      "image/gif": async () => fail(new RangeError("secret/path/decoder.ts")),
      "image/bmp": () => fail(new TricastError("invalid-input", "the image is 0 pixels wide")),
    },
  });
  for (const type of ["image/png", "image/gif"]) {
    const refused = await refusal("x", { "content-type": type }, service);
    assert.deepEqual(refused, { status: 400, code: "invalid-body", detail: `The body cannot be decoded as ${type}` });
  }
  assert.deepEqual(await refusal("x", { "content-type": "image/bmp" }, service), {
    status: 422,
    code: "invalid-input",
    detail: "the image is 0 pixels wide",
  });
});

test("an unknown content type is refused with the types that are taken", async () => {
  const { status, code, detail } = await refusal("a=1", { "content-type": "text/plain" }, echo());
  assert.deepEqual([status, code], [415, "unsupported-media-type"]);
  assert.match(
    detail,
    /"text\/plain" is not supported; send one of application\/json, application\/x-ndjson, text\/csv,/,
  );
});

test("what curl sends by default is refused with the flag to add", async () => {
  const { detail } = await refusal("{}", { "content-type": "application/x-www-form-urlencoded" });
  assert.match(detail, /add -H 'content-type: application\/json'/);
});

test("the size limit holds to the byte, for text, bytes and multi-byte text", async () => {
  const service = echo({ limits: { bodyBytes: 10 } });
  for (const [body, status] of [
    ['"12345678"', 200],
    ['"123456789"', 413],
    ['"éééé"', 200],
    ['"éééé1"', 413],
  ] as const) {
    assert.equal((await post(service, body)).status, status);
    assert.equal((await post(service, Buffer.from(body))).status, status);
  }
  const { detail } = await refusal('"123456789"', undefined, service);
  assert.equal(detail, "The body is 11 bytes; the limit is 10 (limits.bodyBytes)");
});

test("the instance limit holds to the row in every format of many rows", async () => {
  const formats: [type: string, body: (rows: number) => string][] = [
    ["application/json", (rows) => JSON.stringify({ instances: Array(rows).fill(1) })],
    ["application/x-ndjson", (rows) => "1\n".repeat(rows)],
    ["text/csv", (rows) => "1\n".repeat(rows)],
    ["text/csv; header=present", (rows) => `a\n${"1\n".repeat(rows)}`],
  ];
  const service = echo({ limits: { instances: 3 } });
  for (const [type, body] of formats) {
    assert.equal((await post(service, body(3), { "content-type": type })).status, 200, type);
    const refused = await refusal(body(4), { "content-type": type }, service);
    assert.deepEqual(refused, {
      status: 413,
      code: "body-too-large",
      detail: "The body has more than 3 instances, the limit (limits.instances); send fewer at a time",
    });
  }
});

test("millions of rows are refused without being built", async () => {
  for (const type of ["text/csv", "application/x-ndjson"]) {
    const body = "1\n".repeat(8_000_000);
    const before = process.memoryUsage().heapUsed;
    assert.equal((await post(echo(), body, { "content-type": type })).status, 413);
    assert.ok(process.memoryUsage().heapUsed - before < 64e6, "the rows were built");
  }
});

test("__proto__ in a body is a member like any other and pollutes nothing", async () => {
  const service = echo();
  const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  const response = await post(service, text);
  assert.ok((response.body as string).startsWith(`{"input":${text}`));
  await post(service, `{"instances":[${text}],"parameters":${text}}`);
  await post(service, "__proto__,constructor\n1,2\n", { "content-type": "text/csv; header=present" });
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});
