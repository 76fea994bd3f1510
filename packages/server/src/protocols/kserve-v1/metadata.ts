import type { TensorInfo } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { tensorInterface } from "../open-inference/interface.ts";

/** TensorFlow's names of the datatypes (tensorflow/core/framework/types.proto). */
const DTYPE: Readonly<Record<string, string>> = {
  BOOL: "DT_BOOL",
  UINT8: "DT_UINT8",
  UINT16: "DT_UINT16",
  UINT32: "DT_UINT32",
  UINT64: "DT_UINT64",
  INT8: "DT_INT8",
  INT16: "DT_INT16",
  INT32: "DT_INT32",
  INT64: "DT_INT64",
  FP16: "DT_HALF",
  FP32: "DT_FLOAT",
  FP64: "DT_DOUBLE",
  BYTES: "DT_STRING",
};

/** The JSON of a `GetModelMetadataResponse` with the one signature there is; protobuf's JSON has 64-bit sizes as strings. */
export async function modelMetadata(model: ServedModel): Promise<unknown> {
  const { inputs, outputs } = await tensorInterface(model);
  const signature = {
    inputs: tensorsByName(inputs),
    outputs: tensorsByName(outputs),
    method_name: "tensorflow/serving/predict",
  };
  return {
    model_spec: { name: model.name, signature_name: "", version: model.version },
    metadata: { signature_def: { signature_def: { serving_default: signature } } },
  };
}

function tensorsByName(infos: readonly TensorInfo[]): unknown {
  return Object.fromEntries(
    infos.map(({ name, datatype, shape }) => {
      const dim = shape.map((size) => ({ size: String(size), name: "" }));
      return [name, { dtype: DTYPE[datatype] ?? "DT_INVALID", tensor_shape: { dim, unknown_rank: false }, name }];
    }),
  );
}

/** TensorFlow Serving's words for the states of a version (get_model_status.proto). */
const STATES: { readonly [S in ServedModel["service"]["state"]]: string } = {
  cold: "START",
  loading: "LOADING",
  warming: "LOADING",
  ready: "AVAILABLE",
  failed: "END",
  closed: "UNLOADING",
};

export function versionStatus({ version, service }: ServedModel): unknown {
  const failed = service.state === "failed";
  return {
    version,
    state: STATES[service.state],
    status: { error_code: failed ? "UNKNOWN" : "OK", error_message: failed ? "The model could not be loaded" : "" },
  };
}
