import { type NamedTensor, TricastError } from "@tricast/core";

/**
 * The elements as one flat list for `printJson`, which writes typed arrays, 64-bit integers digit by digit, and NaN and
 * the infinities as strings. BOOL gives `true` and `false`.
 * @throws {TricastError} `invalid-input` for FP16: JSON has no form of it (inference_rest.md, tensor data).
 */
export function tensorToJson({ name, datatype, data }: NamedTensor): unknown {
  if (datatype === "FP16") {
    throw new TricastError(
      "invalid-input",
      `output ${JSON.stringify(name)} is FP16, which JSON has no form of; ask for it with parameters.binary_data: true`,
    );
  }
  return datatype === "BOOL" ? Array.from(data as Uint8Array, (byte) => byte !== 0) : data;
}
