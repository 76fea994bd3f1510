import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { createServer, type InferenceServer, type ServerOptions } from "@tricast/server";
import { embedding } from "../../../onnx/test/support/embedding.ts";
import { scratchFolder, write } from "../../../onnx/test/support/models.ts";
import { HEALTH_SERVICE, INFERENCE_SERVICE } from "../../src/grpc/definition.ts";
import { until } from "../support/calls.ts";
import { clientDefinition } from "../support/client-definition.ts";
import { gated } from "../support/gate.ts";

// biome-ignore lint/suspicious/noExplicitAny: messages of a definition that is read at run time
type Message = any;

const LOADING = { keepCase: true, longs: String, defaults: true, oneofs: true } as const;
const services = loader.fromJSON(clientDefinition() as Parameters<typeof loader.fromJSON>[0], LOADING);

interface Call {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadline?: number;
}

interface Reply {
  readonly message: Message;
  readonly headers: Readonly<Record<string, unknown>>;
}

class Client {
  private readonly client: grpc.Client;

  constructor(port: number | undefined) {
    this.client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  call(service: string, method: string, message: object, { metadata = {}, deadline }: Call = {}): Promise<Reply> {
    return this.begin(service, method, message, { metadata, ...(deadline === undefined ? {} : { deadline }) }).reply;
  }

  begin(service: string, method: string, message: object, { metadata = {}, deadline }: Call = {}) {
    const { path, requestSerialize, responseDeserialize } = (services[service] as grpc.ServiceDefinition)[method]!;
    const sent = new grpc.Metadata();
    for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
    let cancel = () => {};
    const reply = new Promise<Reply>((resolve, reject) => {
      let headers: Reply["headers"] = {};
      const call = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        sent,
        deadline === undefined ? {} : { deadline },
        (error, answer) => (error === null ? resolve({ message: answer, headers }) : reject(error)),
      );
      call.on("metadata", (received: grpc.Metadata) => {
        headers = received.getMap();
      });
      cancel = () => call.cancel();
    });
    return { reply, cancel };
  }

  infer(message: object, call?: Call): Promise<Reply> {
    return this.call(INFERENCE_SERVICE, "ModelInfer", message, call);
  }

  close(): void {
    this.client.close();
  }
}

const TYPES = ["BOOL", "INT8", "INT64", "UINT8", "UINT64", "FP32", "FP64", "BYTES"] as const;

/** Gives each row back as it came. */
const echo = definePredictor({ name: "echo", version: "2", examples: [{ x: 1 }], predict: (input: object) => input });

const failing = definePredictor({
  name: "failing",
  predict: () => {
    throw new Error("a secret of the predictor");
  },
});

async function start(predictors: AnyPredictor | readonly AnyPredictor[], options: ServerOptions = {}) {
  const server = createServer(predictors, { host: "127.0.0.1", port: 0, grpcPort: 0, ...options });
  await server.listen();
  const client = new Client(server.grpcPort);
  const ready = async () => (await client.call(INFERENCE_SERVICE, "ServerReady", {})).message.ready as boolean;
  await until("the server is ready", ready);
  return { server, client };
}

const x = (datatype: string, contents: object, shape: readonly number[] = [2]) => ({
  model_name: "echo",
  inputs: [{ name: "x", datatype, shape, contents }],
});

const tokens = definePredictor({
  name: "tokens",
  model: onnx(write(scratchFolder(), "embedding.onnx", embedding())),
});

describe("gRPC", () => {
  let server: InferenceServer;
  let client: Client;
  before(async () => {
    ({ server, client } = await start([echo, failing, tokens]));
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  const refused = (work: Promise<unknown>, code: grpc.status, details: RegExp) =>
    assert.rejects(work, (error: grpc.ServiceError) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.details, details);
      return true;
    });

  it("tells of the server, and of its models", async () => {
    const ask = (method: string, message: object = {}) => client.call(INFERENCE_SERVICE, method, message);
    assert.deepEqual((await ask("ServerLive")).message, { live: true });
    const { message } = await ask("ServerMetadata");
    assert.equal(message.name, "tricast");
    assert.deepEqual(message.extensions, ["binary_tensor_data", "model_repository", "statistics"]);
    assert.deepEqual((await ask("ModelReady", { name: "echo", version: "2" })).message, { ready: true });
    const metadata = (await ask("ModelMetadata", { name: "echo" })).message;
    assert.deepEqual(metadata.versions, ["2"]);
    assert.deepEqual(metadata.inputs, [{ name: "x", datatype: "FP64", shape: ["-1"] }]);
    await refused(ask("ModelReady", { name: "nothing" }), grpc.status.NOT_FOUND, /no model "nothing"/);
    await refused(ask("ModelMetadata", { name: "echo", version: "9" }), grpc.status.NOT_FOUND, /no version "9"/);
  });

  it("answers health checks of the server and of the service", async () => {
    const check = (service: string) => client.call(HEALTH_SERVICE, "Check", { service });
    assert.deepEqual((await check("")).message, { status: 1 });
    assert.deepEqual((await check(INFERENCE_SERVICE)).message, { status: 1 });
    await refused(check("other"), grpc.status.NOT_FOUND, /service is "other"/);
  });

  it("refuses values that an operator of a graph without code cannot compute with", async () => {
    const ids = (...values: readonly string[]) => ({
      model_name: "tokens",
      inputs: [{ name: "tokens", datatype: "INT64", shape: [1, values.length], contents: { int64_contents: values } }],
    });
    await refused(
      client.infer(ids("1", "99")),
      grpc.status.INVALID_ARGUMENT,
      /^the model cannot compute with these values, at its operator Gather: indices element out of data bounds, idx=99/,
    );
    const { message } = await client.infer(ids("1", "2"));
    assert.deepEqual(message.outputs[0].shape, ["1", "2"]);
  });

  it("takes bytes and gives bytes", async () => {
    const { message, headers } = await client.infer({
      ...x("FP32", {}),
      id: "7",
      inputs: [{ name: "x", datatype: "FP32", shape: [2] }],
      raw_input_contents: [Buffer.from(Float32Array.of(1.5, -2).buffer)],
    });
    assert.equal(message.id, "7");
    assert.equal(message.model_version, "2");
    assert.deepEqual(
      message.outputs.map(({ name, datatype, shape }: Message) => [name, datatype, shape]),
      [["x", "FP64", ["2"]]],
    );
    assert.deepEqual(message.raw_output_contents, [Buffer.from(Float64Array.of(1.5, -2).buffer)]);
    assert.ok(headers["x-tricast-instance"] !== undefined);
  });

  const contents: { readonly [T in (typeof TYPES)[number]]: readonly [member: string, values: readonly unknown[]] } = {
    BOOL: ["bool_contents", [true, false]],
    INT8: ["int_contents", [-128, 127]],
    INT64: ["int64_contents", ["-9223372036854775808", "9007199254740993"]],
    UINT8: ["uint_contents", [0, 255]],
    UINT64: ["uint64_contents", ["9007199254740993", "9223372036854775807"]],
    FP32: ["fp32_contents", [0.5, Number.NaN]],
    FP64: ["fp64_contents", [0.1, -Infinity]],
    BYTES: ["bytes_contents", [Buffer.from("a"), Buffer.from("é")]],
  };
  /** What a predictor makes of each: JavaScript has one type of number. */
  const given: Readonly<Record<string, string>> = { BOOL: "BOOL", INT64: "INT64", UINT64: "INT64", BYTES: "BYTES" };
  for (const [datatype, [member, values]] of Object.entries(contents)) {
    it(`takes ${datatype} as typed contents and answers in such`, async () => {
      const { message } = await client.infer(x(datatype, { [member]: values }));
      const [output] = message.outputs;
      const back = given[datatype] ?? "FP64";
      assert.equal(output.datatype, back);
      const seen = output.contents[contents[back as (typeof TYPES)[number]][0]];
      assert.deepEqual(seen, values);
      assert.deepEqual(message.raw_output_contents, []);
    });
  }

  it("has parameters of every kind", async () => {
    const parameters = { a: { bool_param: true }, b: { int64_param: "9007199254740993" }, c: { string_param: "s" } };
    const { message } = await client.infer({ ...x("INT8", { int_contents: [1, 2] }), parameters });
    assert.equal(message.outputs.length, 1);
  });

  it("gives the outputs asked for", async () => {
    const two = [1, 2].map((n) => ({ name: `n${n}`, datatype: "INT8", shape: [1], contents: { int_contents: [n] } }));
    await refused(client.infer({ model_name: "echo", inputs: two }), grpc.status.INVALID_ARGUMENT, /named x/);
    const outputs = [{ name: "y" }];
    await refused(
      client.infer({ ...x("INT8", { int_contents: [1, 2] }), outputs }),
      grpc.status.INVALID_ARGUMENT,
      /no output "y"; it has x/,
    );
  });

  const raw = (...parts: readonly Uint8Array[]) => ({
    model_name: "echo",
    inputs: [{ name: "x", datatype: "INT8", shape: [2] }],
    raw_input_contents: parts,
  });
  const wrong: Readonly<Record<string, readonly [message: object, code: grpc.status, details: RegExp]>> = {
    "an unknown model": [{ model_name: "nothing" }, grpc.status.NOT_FOUND, /no model "nothing"/],
    "an unknown datatype": [x("BF16", {}), grpc.status.INVALID_ARGUMENT, /datatype to be one of/],
    "an integer out of range": [
      x("INT8", { int_contents: [1, 128] }),
      grpc.status.INVALID_ARGUMENT,
      /from -128 to 127 \(INT8\) at element 1, got 128/,
    ],
    "too few elements": [x("INT8", { int_contents: [1] }), grpc.status.INVALID_ARGUMENT, /2 elements in int_contents/],
    "typed FP16": [x("FP16", {}), grpc.status.INVALID_ARGUMENT, /FP16 in raw_input_contents/],
    "a negative shape": [x("INT8", {}, [-1]), grpc.status.INVALID_ARGUMENT, /0 or more, got -1/],
    "strings that are not UTF-8": [
      x("BYTES", { bytes_contents: [Buffer.of(255)] }, [1]),
      grpc.status.INVALID_ARGUMENT,
      /UTF-8 text at element 0/,
    ],
    "bytes for more inputs": [raw(Buffer.of(1, 2), Buffer.of(1)), grpc.status.INVALID_ARGUMENT, /bytes of 1 inputs/],
    "too few bytes": [raw(Buffer.of(1)), grpc.status.INVALID_ARGUMENT, /2 bytes for INT8 of shape \[2\], got 1/],
    "bytes and typed contents": [
      { ...x("INT8", { int_contents: [1, 2] }), raw_input_contents: [Buffer.of(1, 2)] },
      grpc.status.INVALID_ARGUMENT,
      /either contents or raw_input_contents/,
    ],
    "a predictor that fails, without its words": [
      { ...x("INT8", { int_contents: [1, 2] }), model_name: "failing" },
      grpc.status.INTERNAL,
      /^The predictor failed on this input$/,
    ],
  };
  for (const [what, [message, code, details]] of Object.entries(wrong))
    it(`refuses ${what}`, () => refused(client.infer(message), code, details));

  it("names our code in the trailing metadata", async () => {
    const error: grpc.ServiceError = await client.infer({ model_name: "nothing" }).then(
      () => assert.fail("it was taken"),
      (reason) => reason,
    );
    assert.deepEqual(error.metadata.get("tricast-code"), ["not-found"]);
  });

  it("is counted beside HTTP", async () => {
    await client.infer(x("INT8", { int_contents: [1, 2] }));
    const { port } = server.address;
    await until("the call is counted", async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return /tricast_requests_total\{operation="grpc-infer",model="echo",status="200"\} [1-9]/.test(metrics);
    });
  });
});

describe("gRPC of a guarded server", () => {
  it("wants credentials for everything but health", async () => {
    const { server, client } = await start(echo, { apiKeys: ["open-sesame"] });
    try {
      const message = x("INT8", { int_contents: [1, 2] });
      await assert.rejects(client.infer(message), { code: grpc.status.UNAUTHENTICATED });
      await assert.rejects(client.call(INFERENCE_SERVICE, "ServerMetadata", {}), { code: grpc.status.UNAUTHENTICATED });
      await client.infer(message, { metadata: { "x-api-key": "open-sesame" } });
      await client.infer(message, { metadata: { authorization: "Bearer open-sesame" } });
    } finally {
      client.close();
      await server.stop();
    }
  });
});

describe("gRPC of a busy server", () => {
  const message = (wait: boolean) => ({
    model_name: "gated",
    inputs: [
      { name: "wait", datatype: "BOOL", shape: [1], contents: { bool_contents: [wait] } },
      { name: "value", datatype: "INT8", shape: [1], contents: { int_contents: [1] } },
    ],
  });

  it("tells the predictor that its caller has gone, or that its deadline has come", async () => {
    const gate = gated();
    const { server, client } = await start(gate.predictor);
    try {
      const { reply, cancel } = client.begin(INFERENCE_SERVICE, "ModelInfer", message(true));
      const cancelled = assert.rejects(reply, { code: grpc.status.CANCELLED });
      await gate.reached(1);
      cancel();
      await cancelled;
      await until("the first prediction is aborted", () => gate.aborted.length === 1);
      const late = client.infer(message(true), { deadline: Date.now() + 1000 });
      await assert.rejects(late, { code: grpc.status.DEADLINE_EXCEEDED });
      await until("what has begun is aborted", () => gate.aborted.length === gate.begun);
      assert.equal(gate.aborted[0], "request-cancelled");
    } finally {
      gate.open();
      client.close();
      await server.stop();
    }
  });

  it("refuses what it has no room for", async () => {
    const gate = gated();
    const { server, client } = await start(gate.predictor, { maxInFlight: 1, maxQueue: 0 });
    try {
      const first = client.infer(message(true));
      await gate.reached(1);
      await assert.rejects(client.infer(message(false)), (error: grpc.ServiceError) => {
        assert.equal(error.code, grpc.status.RESOURCE_EXHAUSTED);
        assert.deepEqual(error.metadata.get("grpc-retry-pushback-ms"), ["1000"]);
        return true;
      });
      gate.open();
      await first;
    } finally {
      gate.open();
      client.close();
      await server.stop();
    }
  });

  it("finishes what it has begun when it stops", async () => {
    const gate = gated();
    const { server, client } = await start(gate.predictor);
    const begun = client.infer(message(true));
    await gate.reached(1);
    const stopped = server.stop();
    gate.open();
    assert.equal((await begun).message.model_name, "gated");
    assert.equal((await stopped).finished, true);
    await assert.rejects(client.infer(message(false)), { code: grpc.status.UNAVAILABLE });
    client.close();
  });
});
