export type { Attribute, Constant, Graph, GraphFunction, GraphModel, GraphNode, GraphValue } from "./model.ts";
export { readGraphModel } from "./read-model.ts";
export { analyzeRows, type RowVerdict } from "./rows/analyze-rows.ts";
