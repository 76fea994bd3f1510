import { DATATYPES } from "../tensor/datatypes.ts";

const DATATYPE: ReadonlyMap<number, string> = new Map(DATATYPES.map(([number, , datatype]) => [number, datatype]));

export const UNKNOWN_DATATYPE = "UNKNOWN";

/** The datatype of the Open Inference Protocol. @param type `TensorProto.DataType`; 0 where the file does not name one. */
export function toDatatype(type: number): string {
  return type === 0 ? UNKNOWN_DATATYPE : (DATATYPE.get(type) ?? `ONNX${type}`);
}
