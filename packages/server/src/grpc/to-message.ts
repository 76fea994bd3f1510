import type { NamedTensor } from "@tricast/core/adapter";
import type { InferRequest } from "../protocols/open-inference/infer-request.ts";
import type { InferAnswer } from "../protocols/open-inference/infer-response.ts";
import type { Datatype } from "../protocols/open-inference/tensors/datatypes.ts";
import { tensorToRaw } from "../protocols/open-inference/tensors/to-raw.ts";
import { CONTENTS } from "./from-message.ts";

/**
 * A `ModelInferResponse` for `@grpc/proto-loader`. Outputs are sent as bytes if the inputs were, or if one is FP16, for
 * which the protocol has no typed contents.
 */
export function toInferMessage(answer: InferAnswer, { id, binaryByDefault }: InferRequest): object {
  const raw = binaryByDefault || answer.outputs.some(({ datatype }) => datatype === "FP16");
  return {
    model_name: answer.model,
    model_version: answer.version,
    id: id ?? "",
    outputs: answer.outputs.map((output) => toTensorMessage(output, raw)),
    raw_output_contents: raw ? answer.outputs.map(tensorToRaw) : [],
  };
}

function toTensorMessage(tensor: NamedTensor, raw: boolean): object {
  const { name, datatype, shape } = tensor;
  return raw ? { name, datatype, shape } : { name, datatype, shape, contents: toContents(tensor) };
}

/** `@grpc/proto-loader` takes 64-bit integers as decimal text. */
function toContents({ datatype, data }: NamedTensor): object {
  const member = CONTENTS[datatype as Datatype]!;
  const elements = Array.from(data as unknown as ArrayLike<number | bigint | string>, (element) => {
    if (datatype === "BOOL") return element !== 0;
    if (datatype === "BYTES") return Buffer.from(element as string, "utf8");
    return typeof element === "bigint" ? String(element) : element;
  });
  return { [member]: elements };
}
