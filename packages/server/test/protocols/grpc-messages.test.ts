import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as loader from "@grpc/proto-loader";
import { isTricastError } from "@tricast/core";
import fc from "fast-check";
import { definition, INFERENCE_SERVICE } from "../../src/grpc/definition.ts";
import { fromInferMessage } from "../../src/grpc/from-message.ts";
import { readHealthMessage, readInferMessage, readModelMessage } from "../../src/grpc/read-request.ts";
import { clientDefinition } from "../support/client-definition.ts";

const LOADING = { keepCase: true, longs: String, defaults: true, oneofs: true } as const;
const services = loader.fromJSON(clientDefinition() as Parameters<typeof loader.fromJSON>[0], LOADING);
// biome-ignore lint/suspicious/noExplicitAny: messages of a definition that is read at run time
const { requestSerialize, requestDeserialize } = (services[INFERENCE_SERVICE] as any).ModelInfer;

const LIMIT = 1_000_000;
const read = (message: object) => readInferMessage(requestSerialize(message), LIMIT);

/** Bytes of the wire format, by hand: fields, each of a number, a wire type and its bytes. */
const varint = (value: number): number[] => {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
};
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
const repeated = (count: number, bytes: Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => bytes));
const EMPTY = Buffer.alloc(0);
const text = (value: string) => Buffer.from(value);

describe("messages of requests", () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const kinds: readonly (readonly [datatype: string, member: string, element: fc.Arbitrary<unknown>])[] = [
    ["BOOL", "bool_contents", fc.boolean()],
    ["INT32", "int_contents", fc.integer()],
    ["INT64", "int64_contents", int64.map(String)],
    ["UINT32", "uint_contents", fc.nat(2 ** 31)],
    ["UINT64", "uint64_contents", uint64.map(String)],
    ["FP32", "fp32_contents", fc.float()],
    ["FP64", "fp64_contents", fc.double()],
    ["BYTES", "bytes_contents", fc.string().map((value) => Buffer.from(value, "utf8"))],
  ];
  const tensor = fc.constantFrom(...kinds).chain(([datatype, member, element]) =>
    fc.record({ name: fc.string(), elements: fc.array(element, { maxLength: 20 }) }).map(({ name, elements }) => ({
      message: { name, datatype, shape: [elements.length], contents: { [member]: elements } },
      datatype,
      elements,
    })),
  );
  const parameter = fc.oneof(
    fc.boolean().map((value) => [{ bool_param: value }, value] as const),
    int64.map((value) => [{ int64_param: String(value) }, value] as const),
    uint64.map((value) => [{ uint64_param: String(value) }, value] as const),
    fc.string().map((value) => [{ string_param: value }, value] as const),
    fc.double({ noNaN: true }).map((value) => [{ double_param: value }, value] as const),
  );
  const seen = (value: unknown) => (typeof value === "bigint" || typeof value === "number" ? String(value) : value);

  it("are what protobufjs has written", () => {
    const anyMessage = fc.record({
      names: fc.tuple(fc.string(), fc.string(), fc.string()),
      tensors: fc.uniqueArray(tensor, { maxLength: 5, selector: ({ message }) => message.name }),
      outputs: fc.uniqueArray(fc.string(), { maxLength: 4 }),
      parameters: fc.dictionary(fc.string(), parameter, { maxKeys: 5 }),
    });
    fc.assert(
      fc.property(anyMessage, ({ names: [model, version, id], tensors, outputs, parameters }) => {
        const message = read({
          model_name: model,
          model_version: version,
          id,
          parameters: Object.fromEntries(Object.entries(parameters).map(([key, [written]]) => [key, written])),
          inputs: tensors.map((each) => each.message),
          outputs: outputs.map((name) => ({ name })),
        });
        assert.deepEqual([message.model, message.version, message.id], [model, version, id]);
        for (const [key, [, value]] of Object.entries(parameters))
          assert.equal(seen(message.parameters[key]), seen(Object.is(value, -0) ? 0 : value), key);
        const request = fromInferMessage(message);
        assert.deepEqual(request.outputs?.map(({ name }) => name) ?? [], outputs);
        for (const [index, { elements, datatype }] of tensors.entries()) {
          const { data } = request.inputs[index]!;
          const given = Array.from(data as ArrayLike<unknown>, (each) => (datatype === "BOOL" ? each === 1 : each));
          assert.deepEqual(given.map(String), elements.map(String));
        }
      }),
    );
  });

  it("take raw contents without a copy", () => {
    const bytes = requestSerialize({ inputs: [{ name: "x" }], raw_input_contents: [Buffer.from("abc")] });
    const { raw } = readInferMessage(bytes, LIMIT);
    assert.equal(String(raw[0]), "abc");
    assert.equal(raw[0]?.buffer, bytes.buffer);
  });

  it("take numbers packed, unpacked and both", () => {
    const packed = field(3, Buffer.from([1, 2, ...varint(300)]));
    const unpacked = Buffer.from([3 * 8, 4, 3 * 8, ...varint(500)]);
    const contents = Buffer.concat([packed, unpacked, packed]);
    const input = Buffer.concat([
      field(1, text("x")),
      field(2, text("INT64")),
      Buffer.from([3 * 8, 8]),
      field(5, contents),
    ]);
    const [tensorOf] = fromInferMessage(readInferMessage(field(5, input), LIMIT)).inputs;
    assert.deepEqual(tensorOf?.data, BigInt64Array.of(1n, 2n, 300n, 4n, 500n, 1n, 2n, 300n));
  });

  it("read the last of a field that is there twice, and pass over what the protocol does not have", () => {
    const unknown = Buffer.concat([
      field(99, text("x")),
      Buffer.from([...varint(98 * 8), 7]),
      Buffer.from([...varint(97 * 8 + 3), ...varint(5 * 8), 1, ...varint(97 * 8 + 4)]),
      Buffer.from([...varint(96 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8, ...varint(95 * 8 + 5), 1, 2, 3, 4]),
    ]);
    const bytes = Buffer.concat([field(1, text("a")), unknown, field(1, text("b"))]);
    assert.equal(readInferMessage(bytes, LIMIT).model, "b");
    assert.equal(requestDeserialize(bytes).model_name, "b");
  });

  it("fail with a code for any bytes at all", () => {
    const parts = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      tensor.map(({ message }) => requestSerialize({ model_name: "m", inputs: [message] }) as Uint8Array),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 4 }), fc.nat(60), fc.nat(255), (pieces, at, byte) => {
        const bytes = Buffer.concat(pieces);
        if (at < bytes.length) bytes[at] = byte;
        for (const reader of [
          (all: Uint8Array) => fromInferMessage(readInferMessage(all, LIMIT)),
          readModelMessage,
          readHealthMessage,
        ]) {
          try {
            reader(bytes);
          } catch (error) {
            assert.ok(isTricastError(error), String(error));
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("messages with more in them than makes sense", () => {
  const MANY = 4_000_000;
  const tensorOf = (contents: Uint8Array, datatype: string, count: number) =>
    field(
      5,
      Buffer.concat([
        field(1, text("x")),
        field(2, text(datatype)),
        Buffer.from([3 * 8, ...varint(count)]),
        field(5, contents),
      ]),
    );

  const CASES: readonly (readonly [title: string, make: () => Uint8Array, code: string, message: RegExp])[] = [
    [
      "inputs",
      () => repeated(MANY, field(5, EMPTY)),
      "invalid-input",
      /4000000 inputs; the limit is 1024.*raw_input_contents/,
    ],
    ["outputs", () => repeated(MANY, field(6, EMPTY)), "invalid-input", /4000000 outputs; the limit is 1024/],
    [
      "raw contents",
      () => repeated(MANY, field(7, EMPTY)),
      "invalid-input",
      /4000000 raw_input_contents; the limit is 1024/,
    ],
    ["parameters", () => repeated(MANY, field(4, EMPTY)), "invalid-input", /4000000 parameters; the limit is 1024/],
    [
      "dimensions",
      () => field(5, repeated(MANY, Buffer.from([24, 1]))),
      "invalid-tensor",
      /at most 64 dimensions, got 4000000/,
    ],
    [
      "packed dimensions",
      () => field(5, field(3, Buffer.alloc(MANY, 1))),
      "invalid-tensor",
      /at most 64 dimensions, got 4000000/,
    ],
    [
      "parameters of a tensor, which are not read",
      () => field(5, repeated(MANY, field(4, EMPTY))),
      "invalid-tensor",
      /datatype/,
    ],
    [
      "unknown fields",
      () => repeated(MANY, Buffer.from([...varint(90 * 8), 0])),
      "invalid-body",
      /more than 1024 unknown fields/,
    ],
    [
      "empty groups",
      () => repeated(MANY, Buffer.from([...varint(8 * 8 + 3), ...varint(8 * 8 + 4)])),
      "invalid-body",
      /more than 1024 unknown fields/,
    ],
    [
      "nested groups",
      () => repeated(200, Buffer.from(varint(8 * 8 + 3))),
      "invalid-body",
      /more than 100 groups within/,
    ],
    [
      "a long name",
      () => field(1, Buffer.alloc(MANY, 97)),
      "invalid-input",
      /model_name has 4000000 bytes; the limit is 4096/,
    ],
    [
      "64-bit integers of one byte",
      () => tensorOf(field(3, Buffer.alloc(MANY, 1)), "INT64", MANY),
      "body-too-large",
      /4000000 elements and take 32000000 bytes in memory; the limit is 4000000.*raw_input_contents/,
    ],
    [
      "unpacked integers",
      () => tensorOf(repeated(MANY, Buffer.from([16, 1])), "INT32", MANY),
      "body-too-large",
      /4000000 elements and take 16000000 bytes/,
    ],
    [
      "empty strings",
      () => tensorOf(repeated(MANY, field(8, EMPTY)), "BYTES", MANY),
      "body-too-large",
      /4000000 elements and take 160000000 bytes/,
    ],
    [
      "numbers that the shape does not have",
      () => tensorOf(field(3, Buffer.alloc(MANY, 1)), "INT64", 1),
      "invalid-tensor",
      /1 elements in int64_contents for shape \[1\], got 4000000/,
    ],
  ];
  for (const [title, make, code, message] of CASES) {
    it(`refuses ${title}, in memory that does not grow with their number`, () => {
      const bytes = make();
      const { heapUsed, external } = process.memoryUsage();
      assert.throws(
        () => fromInferMessage(readInferMessage(bytes, LIMIT)),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          return true;
        },
      );
      const after = process.memoryUsage();
      const grown = after.heapUsed - heapUsed + after.external - external;
      assert.ok(grown < 20_000_000, `${grown} bytes`);
    });
  }

  it("counts the contents of all tensors together", () => {
    const tensors = Array.from({ length: 6 }, (_, index) => {
      const contents = field(3, Buffer.alloc(100_000, 1));
      const parts = [
        field(1, text(`x${index}`)),
        field(2, text("INT64")),
        Buffer.from([24, ...varint(100_000)]),
        field(5, contents),
      ];
      return field(5, Buffer.concat(parts));
    });
    assert.equal(fromInferMessage(readInferMessage(Buffer.concat(tensors.slice(0, 5)), LIMIT)).inputs.length, 5);
    assert.throws(() => fromInferMessage(readInferMessage(Buffer.concat(tensors), LIMIT)), { code: "body-too-large" });
  });
});

it("messages of responses have the numbers and types that clients read", () => {
  type Message = { readonly fields?: Readonly<Record<string, unknown>> };
  const messagesOf = (all: ReturnType<typeof definition>): Readonly<Record<string, Message>> => {
    // biome-ignore lint/suspicious/noExplicitAny: the JSON form of protobufjs
    const { inference, grpc } = all.nested as Record<string, any>;
    return { ...inference.nested, ...grpc.nested.health.nested.v1.nested };
  };
  const read = messagesOf(clientDefinition());
  const sent = Object.entries(messagesOf(definition())).filter(([, { fields = {} }]) => Object.keys(fields).length > 0);
  assert.equal(sent.length, 10);
  for (const [name, { fields = {} }] of sent)
    assert.deepEqual({ ...read[name]?.fields, ...fields }, { ...read[name]?.fields }, name);
});
