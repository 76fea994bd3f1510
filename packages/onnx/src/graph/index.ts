export { type UnservedGraphValue, unservedValues } from "../rewrite/plan-edits.ts";
export type {
  Attribute,
  Constant,
  ExternalTensor,
  Graph,
  GraphFunction,
  GraphModel,
  GraphNode,
  GraphValue,
} from "./model.ts";
export { type OnnxHeader, type OnnxHeaderValue, readOnnxHeader } from "./read-header.ts";
export { readGraphModel } from "./read-model.ts";
export { analyzeRows, type RowVerdict } from "./rows/analyze-rows.ts";
