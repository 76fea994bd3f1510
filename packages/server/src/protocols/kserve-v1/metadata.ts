import type { TensorInfo } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { tensorInterface } from "../open-inference/interface.ts";
import { isDatatype } from "../open-inference/tensors/datatypes.ts";

/** The JSON of a `GetModelMetadataResponse` with the single signature of the model. */
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

/** The JSON form of protobuf writes 64-bit sizes as strings. */
function tensorsByName(infos: readonly TensorInfo[]): unknown {
  return Object.fromEntries(
    infos.map(({ name, datatype, shape }) => {
      const dim = shape.map((size) => ({ size: String(size), name: "" }));
      return [name, { dtype: dtypeOf(datatype), tensor_shape: { dim, unknown_rank: false }, name }];
    }),
  );
}

/** TensorFlow's names of the datatypes (tensorflow/core/framework/types.proto), where they differ by more than `DT_`. */
const DTYPES: Readonly<Record<string, string>> = { FP16: "HALF", FP32: "FLOAT", FP64: "DOUBLE", BYTES: "STRING" };

function dtypeOf(datatype: string): string {
  return `DT_${isDatatype(datatype) ? (DTYPES[datatype] ?? datatype) : "INVALID"}`;
}

/** TensorFlow Serving's names of the states of a version (get_model_status.proto). */
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
