import { isEven, tailKey } from "../stacking.ts";
import type { ParsedInput } from "./rows.ts";

/** Inputs that can share a run, with their positions in the request. */
export interface Batch {
  readonly members: readonly { readonly input: ParsedInput; readonly position: number }[];
}

/** Groups inputs whose tensors differ only in the leading dimension. An input with several leading dimensions stays alone. */
export function groupBatches(inputs: readonly ParsedInput[]): Batch[] {
  const groups = new Map<string, { input: ParsedInput; position: number }[]>();
  for (const [position, input] of inputs.entries()) {
    const key = isEven(input.feeds) ? tailKey(input.feeds) : `alone ${position}`;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [{ input, position }]);
    else members.push({ input, position });
  }
  return [...groups.values()].map((members) => ({ members }));
}
