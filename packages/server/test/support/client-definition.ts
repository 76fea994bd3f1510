/** The type and the number of each field. */
type Fields = Readonly<Record<string, readonly [type: string, id: number]>>;
type Messages = Readonly<Record<string, Fields>>;

const PARAMETERS = "map InferParameter";

/**
 * The messages of the Open Inference Protocol over gRPC (kserve/open-inference-protocol, open_inference_grpc.proto, package
 * `inference`). Clients generate their stubs from that file.
 */
const INFERENCE: Messages = {
  ServerLiveRequest: {},
  ServerLiveResponse: { live: ["bool", 1] },
  ServerReadyRequest: {},
  ServerReadyResponse: { ready: ["bool", 1] },
  ModelReadyRequest: { name: ["string", 1], version: ["string", 2] },
  ModelReadyResponse: { ready: ["bool", 1] },
  ServerMetadataRequest: {},
  ServerMetadataResponse: { name: ["string", 1], version: ["string", 2], extensions: ["repeated string", 3] },
  ModelMetadataRequest: { name: ["string", 1], version: ["string", 2] },
  TensorMetadata: { name: ["string", 1], datatype: ["string", 2], shape: ["repeated int64", 3] },
  ModelMetadataResponse: {
    name: ["string", 1],
    versions: ["repeated string", 2],
    platform: ["string", 3],
    inputs: ["repeated TensorMetadata", 4],
    outputs: ["repeated TensorMetadata", 5],
    properties: ["map string", 6],
  },
  InferTensor: {
    name: ["string", 1],
    datatype: ["string", 2],
    shape: ["repeated int64", 3],
    parameters: [PARAMETERS, 4],
    contents: ["InferTensorContents", 5],
  },
  InferRequestedOutputTensor: { name: ["string", 1], parameters: [PARAMETERS, 2] },
  ModelInferRequest: {
    model_name: ["string", 1],
    model_version: ["string", 2],
    id: ["string", 3],
    parameters: [PARAMETERS, 4],
    inputs: ["repeated InferTensor", 5],
    outputs: ["repeated InferRequestedOutputTensor", 6],
    raw_input_contents: ["repeated bytes", 7],
  },
  ModelInferResponse: {
    model_name: ["string", 1],
    model_version: ["string", 2],
    id: ["string", 3],
    parameters: [PARAMETERS, 4],
    outputs: ["repeated InferTensor", 5],
    raw_output_contents: ["repeated bytes", 6],
  },
  InferParameter: {
    bool_param: ["bool", 1],
    int64_param: ["int64", 2],
    string_param: ["string", 3],
    double_param: ["double", 4],
    uint64_param: ["uint64", 5],
  },
  InferTensorContents: {
    bool_contents: ["repeated bool", 1],
    int_contents: ["repeated int32", 2],
    int64_contents: ["repeated int64", 3],
    uint_contents: ["repeated uint32", 4],
    uint64_contents: ["repeated uint64", 5],
    fp32_contents: ["repeated float", 6],
    fp64_contents: ["repeated double", 7],
    bytes_contents: ["repeated bytes", 8],
  },
};

/** The messages of gRPC's health checks (grpc/grpc-proto, grpc/health/v1/health.proto). */
const HEALTH: Messages = {
  HealthCheckRequest: { service: ["string", 1] },
  /** The field is an enum, which is a number on the wire. */
  HealthCheckResponse: { status: ["int32", 1] },
};

/** Each method takes `<method>Request` and returns `<method>Response`. */
const INFERENCE_METHODS = [
  "ServerLive",
  "ServerReady",
  "ModelReady",
  "ServerMetadata",
  "ModelMetadata",
  "ModelInfer",
] as const;

/** The whole protocol for clients, in the JSON form of protobufjs. The server has only the responses. */
export function clientDefinition(): { nested: Record<string, unknown> } {
  const inferenceMethods = INFERENCE_METHODS.map((name) => [
    name,
    { requestType: `${name}Request`, responseType: `${name}Response` },
  ]);
  const check = { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse" };
  const inference = { ...messages(INFERENCE), GRPCInferenceService: { methods: Object.fromEntries(inferenceMethods) } };
  const health = { ...messages(HEALTH), Health: { methods: { Check: check } } };
  return {
    nested: {
      inference: { nested: inference },
      grpc: { nested: { health: { nested: { v1: { nested: health } } } } },
    },
  };
}

function messages(all: Messages): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).map(([name, fields]) => [name, message(name, fields)]));
}

function message(name: string, fields: Fields): unknown {
  const described = Object.entries(fields).map(([key, [type, id]]) => [key, field(type, id)]);
  // Only one member of a parameter may be set.
  const oneofs = name === "InferParameter" ? { oneofs: { parameter_choice: { oneof: Object.keys(fields) } } } : {};
  return { fields: Object.fromEntries(described), ...oneofs };
}

function field(type: string, id: number): unknown {
  const [first, second] = type.split(" ");
  if (second === undefined) return { type: first, id };
  return first === "map" ? { keyType: "string", type: second, id } : { rule: first, type: second, id };
}
