export {
  type OptimizedRecord,
  type RecordedRows,
  rowsOf,
  type Variant,
  type VariantSession,
} from "../optimized/record.ts";
export type { PairTimes } from "./child-messages.ts";
export type { Candidate, ColdFigures } from "./choose-candidate.ts";
export type { FormName } from "./forms.ts";
export { type OptimizeResult, optimizeModel } from "./optimize-model.ts";
export type { Example, OptimizeOptions } from "./options.ts";
export { recordRows } from "./record-rows.ts";
export { renderOptimizeTable } from "./render-optimize-table.ts";
