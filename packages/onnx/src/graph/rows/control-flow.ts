import { TYPE } from "../model.ts";
import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { numberOf, type Size, sameSize } from "./size.ts";
import { dimsOf, fixed, isShaped, samePlace, type Value, withAxis, withoutAxes } from "./value.ts";

/** The condition must not depend on the rows. */
const conditional: Rule = (call) => {
  call.input(0);
  if (!call.isFixed(0)) call.refuse("has a condition that depends on the rows");
  const [yes, no] = [call.graph("then_branch"), call.graph("else_branch")];
  const chosen = call.numbers(0)?.[0];
  if (chosen !== undefined) return call.evaluate(chosen === 0 ? no : yes, []);
  const others = call.evaluate(no, []);
  return call.evaluate(yes, []).map((value, index) => merged(call, value, others[index]!));
};

/** The knowledge that holds for both values, without their elements. @throws {RowsMeet} where only one of them has rows. */
function merged(call: OperatorCall, a: Value, b: Value): Value {
  if (a.kind === "mixed") return a;
  if (b.kind === "mixed") return b;
  const known = a.dims !== undefined && b.dims?.length === a.dims.length ? a.dims : undefined;
  const dims = known?.map((dim, axis) => (sameSize(dim, b.dims![axis]!) ? dim : call.fresh()));
  if (a.kind === "rows" && b.kind === "rows") {
    if (dims === undefined || !samePlace(a.place, b.place)) return call.refuse("leaves the rows on different axes");
    return { ...a, dims, type: a.type === b.type ? a.type : 0, rounded: a.rounded || b.rounded };
  }
  if (a.kind === "rows" || b.kind === "rows")
    return call.refuse("has rows in one branch, round or item and not in another");
  return { kind: a.kind === "fixed" && b.kind === "fixed" ? "fixed" : "counted", dims, type: a.type };
}

/** After a few rounds, the known sizes of a loop's state no longer change. */
const MOST_ROUNDS = 4;

type Values = readonly Value[];

/** Evaluates a body until the knowledge about its state no longer changes. */
function settle(call: OperatorCall, initial: Values, body: (state: Values) => Values): Values {
  let state = initial.map(withoutContent);
  /** Sizes that may be any size: a result found with them holds in every round. */
  const open = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const outputs = body(state);
    const next = state.map((value, index) => merged(call, value, outputs[index]!));
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

/** The sizes of `next` that differ from those before the round, except where the size before could be any size. */
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

const LOOP_DEPENDS = "has a trip count or condition that depends on the rows";

const loop: Rule = (call) => {
  const body = call.graph("body");
  if (!call.isFixed(0) || !call.isFixed(1)) call.refuse(LOOP_DEPENDS);
  const states = call.inputs.slice(2).map((value) => value ?? call.refuse("lacks a first state"));
  const step = [fixed([], TYPE.int64), fixed([], TYPE.bool)];
  const outputs = settle(call, states, (state) => {
    const [goesOn, ...rest] = call.evaluate(body, [...step, ...state]);
    return goesOn?.kind === "fixed" ? rest : call.refuse(LOOP_DEPENDS);
  });
  return outputs.map((value, index) =>
    index < states.length ? merged(call, value, states[index]!) : stacked(call, value, 0),
  );
};

/** The results of all rounds, along a new axis. */
function stacked(call: OperatorCall, value: Value, axis: number): Value {
  if (!isShaped(value)) return withoutContent(value);
  if (value.kind === "rows") return { ...value, ...withAxis(value, axis, call.fresh()) };
  return { ...value, dims: value.dims.toSpliced(axis, 0, call.fresh()), content: undefined };
}

const scan: Rule = (call) => {
  if (call.opset < 9) call.refuse("has an operator set before 9");
  const body = call.graph("body");
  const inputs = call.all;
  const count = inputs.length - call.int("num_scan_inputs", 0);
  const states = inputs.slice(0, count);
  const axes = call.ints("scan_input_axes");
  const slices = inputs.slice(count).map((value, index) => sliceOf(call, value, axes?.[index] ?? 0));
  const outputs = settle(call, states, (state) => call.evaluate(body, [...state, ...slices]));
  const outputAxes = call.ints("scan_output_axes");
  return outputs.map((value, index) => {
    if (index < states.length) return merged(call, value, states[index]!);
    const rank = (dimsOf(value)?.length ?? 0) + 1;
    return stacked(call, value, call.axis(outputAxes?.[index - states.length] ?? 0, rank));
  });
};

function sliceOf(call: OperatorCall, value: Value, asked: number): Value {
  if (!isShaped(value)) return withoutContent(value);
  const axis = call.axis(asked, value.dims.length);
  if (value.kind !== "rows") return { ...value, dims: value.dims.toSpliced(axis, 1), content: undefined };
  call.keepOff(value, axis);
  return { ...value, ...withoutAxes(value, [axis]) };
}

/** A list has the knowledge that holds for all of its items. */
const listOf: Rule = (call) => {
  const [first = call.input(0), ...others] = call.all;
  return others.reduce((list, item) => merged(call, list, item), withoutContent(first));
};

const listWith: Rule = (call) => merged(call, call.input(0), call.input(1));

/** Positions in a list must not depend on the rows. */
const itemOf: Rule = (call) => {
  if (!call.isFixed(1)) call.refuse("picks from a list by the rows");
  return anyItem(call, call.input(0));
};

/** Items of a list differ in the sizes that are not known. */
function anyItem(call: OperatorCall, value: Value): Value {
  if (!isShaped(value)) return withoutContent(value);
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
  const body = call.graph("body");
  const items = call.all.map((value) => anyItem(call, value));
  return call.evaluate(body, items).map((value) => anyItem(call, value));
};

/** Lists of tensors, and values that may be missing. */
export const LISTS: Rules = {
  SequenceConstruct: listOf,
  SequenceInsert: listWith,
  ...rulesFor("SequenceAt SequenceErase", itemOf),
  ...rulesFor("SequenceLength OptionalHasElement", lengthOf),
  SplitToSequence: splitToList,
  ConcatFromSequence: joinList,
  ...rulesFor("Optional OptionalGetElement", (call) => call.input(0)),
};

/** Their subgraphs see outer values, so rows can enter without an input. */
export const CONTROL_FLOW: Rules = { If: conditional, Loop: loop, Scan: scan, SequenceMap: mapList };
