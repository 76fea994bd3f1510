import { TYPE } from "../model.ts";
import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { numberOf, type Size, sameSize } from "./size.ts";
import { dimsOf, fixed, samePlace, type Value, withAxis, withoutAxes } from "./value.ts";

/** The condition must not depend on the rows. */
const conditional: Rule = (call) => {
  const condition = call.input(0);
  if (condition.kind !== "fixed") call.refuse("takes its condition from the rows");
  const [yes, no] = ["then_branch", "else_branch"].map(
    (name) => call.attribute(name)?.graph ?? call.refuse("lacks a branch"),
  );
  const chosen = call.numbers(0)?.[0];
  if (chosen !== undefined) return call.evaluate(chosen === 0 ? no! : yes!, []);
  const others = call.evaluate(no!, []);
  return call.evaluate(yes!, []).map((value, index) => merged(call, value, others[index]!));
};

/** What is true of both values. @throws {RowsMeet} where only one of them has rows. */
function merged(call: OperatorCall, a: Value, b: Value): Value {
  if (a.kind === "mixed") return a;
  if (b.kind === "mixed") return b;
  if (a.kind === "rows" && b.kind === "rows") {
    if (!samePlace(a.place, b.place) || a.dims.length !== b.dims.length)
      call.refuse("leaves the rows in different places");
    const dims = a.dims.map((dim, axis) => (sameSize(dim, b.dims[axis]!) ? dim : call.fresh()));
    return { ...a, dims, type: a.type === b.type ? a.type : 0, rounded: a.rounded || b.rounded };
  }
  if (a.kind === "rows" || b.kind === "rows") return call.refuse("gives rows or something else");
  const known = a.dims !== undefined && b.dims?.length === a.dims.length ? a.dims : undefined;
  const dims = known?.map((dim, axis) => (sameSize(dim, b.dims![axis]!) ? dim : call.fresh()));
  return { kind: a.kind === "fixed" && b.kind === "fixed" ? "fixed" : "counted", dims, type: a.type };
}

/** After a few rounds, the known sizes of a loop's state no longer change. */
const MOST_ROUNDS = 4;

/** Runs a body until what is known of its state does not change any more. */
function settle(
  call: OperatorCall,
  initial: readonly Value[],
  body: (state: readonly Value[]) => readonly Value[],
): readonly Value[] {
  let state = initial.map(withoutContent);
  /** Sizes that may be any size: what was found with them holds in every round. */
  const open = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const outputs = body(state);
    const next = state.map((value, index) => merged(call, value, withoutContent(outputs[index]!)));
    const changed = next.flatMap((value, index) => changedSizes(value, state[index]!, open));
    if (changed.length === 0 && next.every((value, index) => hasSameRows(value, state[index]!))) return outputs;
    for (const size of changed) for (const name of size.symbols) open.add(name);
    state = next;
  }
  return call.refuse("has a state whose shape changes in every round");
}

function withoutContent(value: Value): Value {
  return value.kind === "fixed" || value.kind === "counted" ? { ...value, content: undefined } : value;
}

/** The sizes of `next` that differ from those the round began with, unless these stood for any size. */
function changedSizes(next: Value, before: Value, open: ReadonlySet<string>): readonly Size[] {
  const old = dimsOf(before);
  return (dimsOf(next) ?? []).filter((size, axis) => {
    const began = old![axis]!;
    const isOpen = began.factor === 1 && !began.rows && began.symbols.length === 1 && open.has(began.symbols[0]!);
    return !isOpen && !sameSize(size, began);
  });
}

function hasSameRows(next: Value, before: Value): boolean {
  if (next.kind !== before.kind || dimsOf(next)?.length !== dimsOf(before)?.length) return false;
  return (
    next.kind !== "rows" || before.kind !== "rows" || (next.rounded === before.rounded && next.type === before.type)
  );
}

const loop: Rule = (call) => {
  const body = call.attribute("body")?.graph ?? call.refuse("lacks a body");
  const [count, condition, ...initial] = call.inputs;
  for (const value of [count, condition])
    if (value !== undefined && value.kind !== "fixed") call.refuse("takes its trip count or condition from the rows");
  const states = initial.map((value) => value ?? call.refuse("lacks a first state"));
  const step = [fixed([], TYPE.int64), fixed([], TYPE.bool)];
  const outputs = settle(call, states, (state) => {
    const [goesOn, ...rest] = call.evaluate(body, [...step, ...state]);
    if (goesOn?.kind !== "fixed") call.refuse("takes its trip count or condition from the rows");
    return rest;
  });
  return outputs.map((value, index) =>
    index < states.length
      ? merged(call, withoutContent(value), withoutContent(states[index]!))
      : stacked(call, value, 0),
  );
};

/** What a body gives in each round, along a new axis. */
function stacked(call: OperatorCall, value: Value, axis: number): Value {
  if (value.kind === "mixed" || value.dims === undefined) return withoutContent(value);
  if (value.kind === "rows") return { ...value, ...withAxis(value, axis, call.fresh()) };
  return { ...value, dims: value.dims.toSpliced(axis, 0, call.fresh()), content: undefined };
}

const scan: Rule = (call) => {
  if (call.opset < 9) call.refuse("is of an operator set before 9");
  const body = call.attribute("body")?.graph ?? call.refuse("lacks a body");
  const scanned = call.attribute("num_scan_inputs")?.int ?? 0;
  const inputs = call.inputs.map((_, index) => call.input(index));
  const states = inputs.slice(0, inputs.length - scanned);
  const axes = call.ints("scan_input_axes");
  const slices = inputs.slice(inputs.length - scanned).map((value, index) => sliceOf(call, value, axes?.[index] ?? 0));
  const outputs = settle(call, states, (state) => call.evaluate(body, [...state, ...slices]));
  const outputAxes = call.ints("scan_output_axes");
  return outputs.map((value, index) => {
    if (index < states.length) return merged(call, withoutContent(value), withoutContent(states[index]!));
    const rank = (dimsOf(value)?.length ?? 0) + 1;
    return stacked(call, value, call.axis(outputAxes?.[index - states.length] ?? 0, rank));
  });
};

function sliceOf(call: OperatorCall, value: Value, asked: number): Value {
  if (value.kind === "mixed" || value.dims === undefined) return withoutContent(value);
  const axis = call.axis(asked, value.dims.length);
  if (value.kind !== "rows") return { ...value, dims: value.dims.toSpliced(axis, 1), content: undefined };
  call.keepOff(value, axis);
  return { ...value, ...withoutAxes(value, [axis]) };
}

/** A list is known by what is known of its items, which must be alike. */
const listOf: Rule = (call) => {
  const [first, ...others] = call.inputs.map((_, index) => call.input(index));
  return others.reduce((list, item) => merged(call, list, withoutContent(item)), withoutContent(first!));
};

const listWith: Rule = (call) => merged(call, withoutContent(call.input(0)), withoutContent(call.input(1)));

/** Places in a list must not be chosen by the rows. */
const itemOf: Rule = (call) => {
  if (call.inputs[1] !== undefined && call.inputs[1].kind !== "fixed") call.refuse("picks from a list by the rows");
  return anyItem(call, call.input(0));
};

/** Items of a list differ in what is not known of their sizes. */
function anyItem(call: OperatorCall, value: Value): Value {
  if (value.kind === "mixed" || value.dims === undefined) return withoutContent(value);
  const dims = value.dims.map((dim) => (dim.rows || numberOf(dim) !== undefined ? dim : call.fresh()));
  return value.kind === "rows" ? { ...value, dims } : { ...value, dims, content: undefined };
}

const lengthOf: Rule = () => fixed([], TYPE.int64);

const splitToList: Rule = (call) => {
  const value = call.onlyRows();
  const axis = call.innerAxis(value, call.int("axis", 0));
  const isDropped = call.inputs[1] === undefined && call.int("keepdims", 1) === 0;
  if (!isDropped) return call.resized(value, axis, call.fresh());
  const { dims, place } = withoutAxes(value, [axis]);
  return call.result([value], dims, place);
};

const joinList: Rule = (call) => {
  const value = call.rows(0);
  const isNew = call.int("new_axis", 0) === 1;
  const axis = call.axis(call.int("axis", 0), value.dims.length + (isNew ? 1 : 0));
  if (isNew) return stacked(call, value, axis);
  call.keepOff(value, axis);
  return call.resized(value, axis, call.fresh());
};

/** The same graph for each item. */
const mapList: Rule = (call) => {
  const body = call.attribute("body")?.graph ?? call.refuse("lacks a body");
  const outputs = call.evaluate(
    body,
    call.inputs.map((_, index) => anyItem(call, call.input(index))),
  );
  return outputs.map((value) => anyItem(call, value));
};

const optional: Rule = (call) => call.input(0);

/** Lists of tensors, and values that may be missing. */
export const LISTS: Rules = {
  SequenceConstruct: listOf,
  SequenceInsert: listWith,
  SequenceAt: itemOf,
  SequenceErase: itemOf,
  SequenceLength: lengthOf,
  SplitToSequence: splitToList,
  ConcatFromSequence: joinList,
  Optional: optional,
  OptionalGetElement: optional,
  OptionalHasElement: lengthOf,
};

/** Their subgraphs see outer values, so rows can enter without an input. */
export const CONTROL_FLOW: Rules = { If: conditional, Loop: loop, Scan: scan, SequenceMap: mapList };
