export { type OptimizedRecord, rowsOf, type Variant } from "../optimized/record.ts";
export type { Candidate } from "./choose-candidate.ts";
export { type OptimizeResult, optimizeModel } from "./optimize-model.ts";
export type { Example, OptimizeOptions } from "./options.ts";
export { recordRows } from "./record-rows.ts";
export { renderOptimizeTable } from "./render-optimize-table.ts";
