import type { InferenceResponse, NamedTensor } from "@tricast/core/adapter";
import type { InferRequest } from "./infer-request.ts";
import { HEADER_LENGTH } from "./read-body.ts";
import { tensorToJson } from "./tensors/to-json.ts";
import { tensorToRaw } from "./tensors/to-raw.ts";

export interface InferAnswer {
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly NamedTensor[];
  readonly headers: InferenceResponse["headers"];
}

/**
 * The response of an inference: JSON, or JSON followed by the bytes of the outputs that were requested in binary.
 * @throws {TricastError} `invalid-input` for an FP16 output that was not requested in binary.
 */
export function toInferResponse(
  { model, version, outputs, headers }: InferAnswer,
  { id, outputs: requested, binaryByDefault }: Pick<InferRequest, "id" | "outputs" | "binaryByDefault">,
): InferenceResponse {
  const binary: Uint8Array[] = [];
  const isBinary = (name: string): boolean =>
    requested?.find((output) => output.name === name)?.binary ?? binaryByDefault;
  const described = outputs.map((tensor) => {
    const { name, shape, datatype } = tensor;
    const head = JSON.stringify({ name, shape, datatype }).slice(0, -1);
    if (!isBinary(name)) return `${head},"data":${tensorToJson(tensor)}}`;
    const bytes = tensorToRaw(tensor);
    binary.push(bytes);
    return `${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`;
  });
  const head = JSON.stringify({ model_name: model, model_version: version, id }).slice(0, -1);
  const json = `${head},"outputs":[${described.join(",")}]}`;
  if (binary.length === 0)
    return { status: 200, headers: { ...headers, "content-type": "application/json" }, body: json };
  const header = Buffer.from(json, "utf8");
  const type = { "content-type": "application/octet-stream", [HEADER_LENGTH]: String(header.byteLength) };
  return { status: 200, headers: { ...headers, ...type }, body: Buffer.concat([header, ...binary]) };
}
