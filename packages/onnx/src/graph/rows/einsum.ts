import type { OperatorCall, Rule } from "./operator-call.ts";
import { isOne, numberOf, type Size } from "./size.ts";
import { dimsOf, type Input, samePlace } from "./value.ts";

/** One label for each dimension of an input. */
type Labels = readonly string[];

export const einsum: Rule = (call) => {
  const values = call.all;
  const [left = "", right] = call.text("equation", "").replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== values.length) call.refuse("has another number of terms than inputs");
  const labels = terms.map((term, index) => labelsOf(call, term, values[index]!));
  const output = outputLabels(labels, right, terms);
  const rowLabels = new Set(
    values.flatMap((value, index) => (value.kind === "rows" ? [labels[index]![value.place.axis]!] : [])),
  );
  const [label] = rowLabels;
  if (label === undefined || rowLabels.size !== 1) return call.refuse("combines rows with other rows");
  for (const [index, value] of values.entries()) {
    const axes = labels[index]!.flatMap((one, axis) => (one === label ? [axis] : []));
    const fits = value.kind === "rows" ? axes.length === 1 : axes.every((axis) => isOne(dimsOf(value)?.[axis]));
    if (!fits) call.refuse("combines rows with other rows");
  }
  const axis = output.indexOf(label);
  if (axis < 0) call.refuse("adds up over the rows");
  const rows = values.filter((value) => value.kind === "rows");
  const place = { ...rows[0]!.place, axis };
  if (rows.some((one) => !samePlace({ ...one.place, axis }, place))) call.refuse("combines rows with other rows");
  const dims = output.map((one) => sizeOfLabel(call, one, labels, values));
  return call.result(rows, dims, place, { rounds: true });
};

/** Dimensions that an ellipsis replaces are counted from the last. */
function labelsOf(call: OperatorCall, term: string, value: Input): Labels {
  const dims = value.kind === "counted" ? undefined : value.dims;
  if (dims === undefined) return call.refuse("multiplies by a tensor of unknown shape");
  const [before = "", after] = term.split("...");
  const hidden = after === undefined ? 0 : Math.max(0, dims.length - before.length - after.length);
  const labels = [...before, ...Array.from({ length: hidden }, (_, index) => `.${hidden - index}`), ...(after ?? "")];
  return labels.length === dims.length ? labels : call.refuse("has another number of labels than dimensions");
}

function outputLabels(labels: readonly Labels[], right: string | undefined, terms: readonly string[]): Labels {
  const hidden = [...new Set(labels.flat().filter((label) => label.startsWith(".")))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
  if (right !== undefined) {
    const [before = "", after] = right.split("...");
    return [...before, ...(after === undefined ? [] : hidden), ...(after ?? "")];
  }
  const all = [...terms.join("").replaceAll(".", "").replaceAll(",", "")];
  return [...hidden, ...all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort()];
}

function sizeOfLabel(call: OperatorCall, label: string, labels: readonly Labels[], values: readonly Input[]): Size {
  const sizes = values.flatMap((value, index) => dimsOf(value)?.[labels[index]!.indexOf(label)] ?? []);
  return (
    sizes.find(({ rows }) => rows) ??
    sizes.find((size) => (numberOf(size) ?? 0) > 1) ??
    (sizes.length === 1 ? sizes[0]! : call.fresh())
  );
}
