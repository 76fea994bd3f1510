import { findMisfit } from "./choose-form.ts";
import type { ListedRows, Variant } from "./record.ts";

/** As a store's manifest holds it. Other programs may write `session` with other content. */
export interface ListedVariant extends Omit<Variant, "session" | "measured" | "rows">, ListedRows {
  readonly session?: Readonly<Record<string, unknown>>;
}

/** The first form that was made for this processor and runtime by `optimizeModel`. */
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
