import { CONTENTS_FIELDS } from "./typed-contents.ts";

/** The type and the number of each field of each message. */
type Messages = Readonly<Record<string, Readonly<Record<string, readonly [type: string, id: number]>>>>;

/** `read-request.ts` reads requests, so the schemas have only this name for them. */
const REQUEST = "Request";

/**
 * The responses of the Open Inference Protocol over gRPC (kserve/open-inference-protocol, open_inference_grpc.proto, package
 * `inference`), with the fields that the server sets. Clients generate their stubs from that file.
 */
const INFERENCE: Messages = {
  [REQUEST]: {},
  ServerLiveResponse: { live: ["bool", 1] },
  ServerReadyResponse: { ready: ["bool", 1] },
  ModelReadyResponse: { ready: ["bool", 1] },
  ServerMetadataResponse: { name: ["string", 1], version: ["string", 2], extensions: ["repeated string", 3] },
  TensorMetadata: { name: ["string", 1], datatype: ["string", 2], shape: ["repeated int64", 3] },
  ModelMetadataResponse: {
    name: ["string", 1],
    versions: ["repeated string", 2],
    platform: ["string", 3],
    inputs: ["repeated TensorMetadata", 4],
    outputs: ["repeated TensorMetadata", 5],
  },
  InferTensor: {
    name: ["string", 1],
    datatype: ["string", 2],
    shape: ["repeated int64", 3],
    contents: ["InferTensorContents", 5],
  },
  ModelInferResponse: {
    model_name: ["string", 1],
    model_version: ["string", 2],
    id: ["string", 3],
    outputs: ["repeated InferTensor", 5],
    raw_output_contents: ["repeated bytes", 6],
  },
  InferTensorContents: CONTENTS_FIELDS,
};

/**
 * The response of gRPC's health checks (grpc/grpc-proto, grpc/health/v1/health.proto). The field is an enum, which is a
 * number on the wire.
 */
const HEALTH: Messages = { [REQUEST]: {}, HealthCheckResponse: { status: ["int32", 1] } };

export const INFERENCE_SERVICE = "inference.GRPCInferenceService";
export const HEALTH_SERVICE = "grpc.health.v1.Health";

/** In the JSON form of protobufjs for `fromJSON` of `@grpc/proto-loader`, because a bundle does not have .proto files. */
export function definition(): { nested: Record<string, unknown> } {
  const names = ["ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer"];
  const methods = Object.fromEntries(names.map((name) => [name, method(`${name}Response`)]));
  const inference = { ...messages(INFERENCE), GRPCInferenceService: { methods } };
  const health = { ...messages(HEALTH), Health: { methods: { Check: method("HealthCheckResponse") } } };
  return {
    nested: {
      inference: { nested: inference },
      grpc: { nested: { health: { nested: { v1: { nested: health } } } } },
    },
  };
}

function method(responseType: string): object {
  return { requestType: REQUEST, responseType };
}

function messages(all: Messages): Record<string, unknown> {
  const described = Object.entries(all).map(([name, fields]) => {
    const entries = Object.entries(fields).map(([key, [type, id]]) => [key, field(type, id)]);
    return [name, { fields: Object.fromEntries(entries) }];
  });
  return Object.fromEntries(described);
}

function field(type: string, id: number): unknown {
  return type.startsWith("repeated ") ? { rule: "repeated", type: type.slice("repeated ".length), id } : { type, id };
}
