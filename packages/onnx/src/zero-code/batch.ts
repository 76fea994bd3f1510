import { isEven, tailKey } from "../stacking.ts";
import type { ParsedInput } from "./rows.ts";

/** Inputs that can share a run, with their positions in the request. */
export interface Batch {
  readonly members: readonly { readonly input: ParsedInput; readonly position: number }[];
}

/** Groups inputs whose tensors differ only in the leading dimension. An input with several leading dimensions stays alone. */
export function groupBatches(inputs: readonly ParsedInput[]): Batch[] {
  const all = inputs.map((input, position) => ({ input, position }));
  const groups = Map.groupBy(all, ({ input: { feeds }, position }) =>
    isEven(feeds) ? tailKey(feeds) : `alone ${position}`,
  );
  return [...groups.values()].map((members) => ({ members }));
}
