import { analyzeRows } from "../graph/rows/analyze-rows.ts";
import { type RecordedRows, ROW_ANALYSIS } from "../optimized/record.ts";

/**
 * The verdict about the rows of an original, for the record of its optimised form. The form has other operators, for which
 * less is known.
 * @param model The original, an `.onnx` file.
 * @throws {TricastError} `model-invalid` for a file that is not an ONNX model.
 */
export function recordRows(model: string): RecordedRows {
  return { analysis: ROW_ANALYSIS, outputs: analyzeRows(model) };
}
