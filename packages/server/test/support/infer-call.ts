import type * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";
import { INFERENCE_SERVICE } from "../../src/grpc/definition.ts";
import { clientDefinition } from "./client-definition.ts";
import { framed } from "./grpc-wire.ts";

const services = loader.fromJSON(clientDefinition() as Parameters<typeof loader.fromJSON>[0], { keepCase: true });
const { ModelInfer } = services[INFERENCE_SERVICE] as grpc.ServiceDefinition;

/** The framed message of a ModelInfer call: one instance with these fields. */
export function inferMessage(model: string, fields: Readonly<Record<string, boolean | number>>): Buffer {
  const inputs = Object.entries(fields).map(([name, value]) =>
    typeof value === "boolean"
      ? { name, datatype: "BOOL", shape: [1], contents: { bool_contents: [value] } }
      : { name, datatype: "FP64", shape: [1], contents: { fp64_contents: [value] } },
  );
  return framed(ModelInfer!.requestSerialize({ model_name: model, inputs }));
}
