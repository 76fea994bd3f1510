import { findMisfit } from "./choose-form.ts";
import type { ListedRows, Variant } from "./record.ts";

/** The form of a store's manifest. Other programs may write other content into `session`. */
export interface ListedVariant extends Omit<Variant, "session" | "measured" | "rows">, ListedRows {
  readonly session?: Readonly<Record<string, unknown>>;
}

/** The first form that `optimizeModel` made for this processor and runtime. */
export function selectVariant(
  variants: readonly ListedVariant[] | undefined,
  runtimeVersion: string | undefined,
): (Pick<Variant, "files" | "session"> & ListedRows) | undefined {
  return variants?.filter(isOurs).find((variant) => findMisfit(variant, runtimeVersion) === undefined);
}

function isOurs(variant: ListedVariant): variant is ListedVariant & Pick<Variant, "session"> {
  const { graphOptimizationLevel, config, threadable } = variant.session ?? {};
  return typeof graphOptimizationLevel === "string" && typeof config === "object" && typeof threadable === "boolean";
}
