import { analyzeRows } from "../graph/rows/analyze-rows.ts";
import { type RecordedRows, ROW_ANALYSIS } from "../optimized/record.ts";

/**
 * What an optimised form is to say of the rows of its original: the form itself has other operators, which say less.
 * @param model The original, an `.onnx` file.
 * @throws {TricastError} `model-invalid` for what is not an ONNX model.
 */
export function recordRows(model: string): RecordedRows {
  return { analysis: ROW_ANALYSIS, outputs: analyzeRows(model) };
}
