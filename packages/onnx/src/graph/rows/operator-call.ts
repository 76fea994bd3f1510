import { type Attribute, type Graph, type GraphNode, isCoarseFloat, mayBeFloat } from "../model.ts";
import { RowsMeet } from "./rows-meet.ts";
import { type Element, literal, numbersOf, type Size } from "./size.ts";
import { contentOf, type Input, LEADING, type Place, type Rows, type Shaped, samePlace, type Value } from "./value.ts";

/** The outputs of an operator, from its inputs. @throws {RowsMeet} */
export type Rule = (call: OperatorCall) => Value | readonly Value[];

/** By operator; the keys of other domains than the default begin with the domain and a colon. */
export type Rules = Readonly<Record<string, Rule>>;

/** One rule for several operators, whose names are separated by spaces. */
export function rulesFor(operators: string, rule: Rule, domain = ""): Rules {
  return Object.fromEntries(operators.split(" ").map((operator) => [domain + operator, rule]));
}

/** The parts of the graph that an operator needs besides its inputs. */
export interface CallContext {
  /** A size that is only known when the graph runs, and the same for all requests that are joined. */
  fresh(): Size;
  /** The outputs of a graph inside the model, which sees the values around it. */
  evaluate(graph: Graph, inputs: readonly Value[]): readonly Value[];
}

/** One node with the values of its inputs. */
export class OperatorCall {
  /** In a function, references are replaced by the attributes of the call. */
  readonly node: GraphNode;
  /** Of the node's domain. */
  readonly opset: number;
  readonly inputs: readonly (Input | undefined)[];
  private readonly context: CallContext;

  constructor(node: GraphNode, opset: number, inputs: readonly (Input | undefined)[], context: CallContext) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
    this.context = context;
  }

  attribute(name: string): Attribute | undefined {
    return this.node.attributes.get(name);
  }

  int(name: string, otherwise: number): number {
    return this.attribute(name)?.int ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.attribute(name);
    if (attribute?.isLong) this.refuse(`has a list ${name} that is too long for the analysis`);
    // An empty list is written as an attribute without elements.
    return attribute === undefined ? undefined : (attribute.ints ?? []);
  }

  /** A list that is an attribute in old operator sets, and the input at `index` in newer ones. */
  intsOrInput(name: string, index: number): readonly number[] | undefined {
    if (this.inputs[index] === undefined) return this.ints(name);
    return this.numbers(index) ?? this.refuse(`has unknown ${name}`);
  }

  /** The axes in attribute `name`; every axis where the attribute is absent or empty. */
  axesOr(name: string, rank: number): readonly number[] {
    const asked = this.ints(name) ?? [];
    return Array.from({ length: asked.length || rank }, (_, index) => this.axis(asked[index] ?? index, rank));
  }

  text(name: string, otherwise: string): string {
    return this.attribute(name)?.text ?? otherwise;
  }

  graph(name: string): Graph {
    return this.attribute(name)?.graph ?? this.refuse(`lacks the graph ${name}`);
  }

  /** The size `count`; a fresh one where it is not known. */
  size(count: number | undefined): Size {
    return count === undefined ? this.fresh() : literal(count);
  }

  /** A size that is only known when the graph runs, and the same for all requests that are joined. */
  fresh(): Size {
    return this.context.fresh();
  }

  evaluate(graph: Graph, inputs: readonly Value[]): readonly Value[] {
    return this.context.evaluate(graph, inputs);
  }

  refuse(problem: string): never {
    throw new RowsMeet(`${this.name} ${problem}`);
  }

  get name(): string {
    const { op, domain, name, outputs } = this.node;
    const kind = domain === "" || domain === "com.microsoft" || domain === "ai.onnx.ml" ? op : `${domain}:${op}`;
    const label = name || outputs.find((output) => output !== "");
    return label === undefined ? kind : `${kind} ${JSON.stringify(label)}`;
  }

  /** A required input. */
  input(index: number): Input {
    return this.inputs[index] ?? this.refuse(`lacks input ${index}`);
  }

  /** All inputs. Refuses a call that leaves one out. */
  get all(): readonly Input[] {
    return this.inputs.map((_, index) => this.input(index));
  }

  /** The inputs that the call does not leave out. */
  get given(): readonly Input[] {
    return this.inputs.filter((value) => value !== undefined);
  }

  /** Whether an input is left out or the same in every run. */
  isFixed(index: number): boolean {
    const value = this.inputs[index];
    return value === undefined || value.kind === "fixed";
  }

  /** An input that has rows. */
  rows(index: number): Rows {
    const value = this.input(index);
    return value.kind === "rows" ? value : this.refuse(`does not have rows in input ${index}`);
  }

  /** The first input. It must have rows, and no other input may. */
  onlyRows(): Rows {
    const value = this.rows(0);
    this.onlyRowsIn(0);
    return value;
  }

  /** As {@link onlyRows}, with the rows on axis 0. */
  onlyLeading(leastRank = 1): Rows {
    const value = this.leading(0, leastRank);
    this.onlyRowsIn(0);
    return value;
  }

  /** Refuses every other input that is not the same in every run. Weights, scales and options must be. */
  onlyRowsIn(...indices: readonly number[]): void {
    for (const [index, value] of this.inputs.entries()) {
      if (this.isFixed(index) || indices.includes(index)) continue;
      this.refuse(
        value?.kind === "rows"
          ? `has input ${index} that depends on the rows`
          : `has input ${index} that depends on the number of rows`,
      );
    }
  }

  /** The elements of an input that shapes are computed from. `undefined`: not even their number is known. */
  elements(index: number): readonly Element[] | undefined {
    const value = this.inputs[index];
    if (value === undefined) return undefined;
    return value.kind === "rows" ? this.refuse("has a shape that depends on the rows") : contentOf(value);
  }

  /** Whole numbers that are known without running the graph. */
  numbers(index: number): readonly number[] | undefined {
    return numbersOf(this.elements(index));
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || positive < 0 || positive >= rank)
      this.refuse(`has axis ${axis}, and the tensor has ${rank} dimensions`);
    return positive;
  }

  /** An axis counted from the front. Refuses the axis of the rows. */
  innerAxis(value: Rows, asked: number): number {
    const axis = this.axis(asked, value.dims.length);
    this.keepOff(value, axis);
    return axis;
  }

  /** Refuses to work along the rows. */
  keepOff({ place }: Rows, ...axes: readonly number[]): void {
    if (axes.includes(place.axis)) this.refuse(`works along the rows (axis ${place.axis})`);
  }

  /** An input with one row per index of axis 0. */
  leading(index: number, leastRank = 1): Rows {
    const rows = this.rows(index);
    if (!samePlace(rows.place, LEADING)) {
      this.refuse(`expects the batch on axis 0, and the rows are on axis ${rows.place.axis}`);
    }
    if (rows.dims.length < leastRank) this.refuse(`has ${rows.dims.length} dimensions in input ${index}`);
    return rows;
  }

  /** As {@link leading}, for those of several inputs that the call does not leave out. */
  leadingOf(...indices: readonly number[]): readonly Rows[] {
    return indices.filter((index) => this.inputs[index] !== undefined).map((index) => this.leading(index));
  }

  /** Refuses to choose whole numbers or texts by floats whose last bits may differ. */
  decide(...values: readonly (Value | undefined)[]): void {
    if (values.some((value) => value?.kind === "rows" && value.rounded)) {
      this.refuse("decides by floats whose last bits may depend on the number of rows in a run");
    }
  }

  /** The output of an operator on rows. */
  result(
    from: readonly Rows[],
    dims: readonly Size[],
    place: Place,
    { rounds = false, type = from[0]?.type ?? 0 }: ResultOptions = {},
  ): Rows {
    const isRounded = mayBeFloat(type) && (rounds || from.some(({ rounded }) => rounded));
    if (isRounded && isCoarseFloat(type)) {
      this.refuse("rounds to 16 bits or fewer, which makes a difference in the last bit visible in the answer");
    }
    if (!mayBeFloat(type)) this.decide(...from);
    if (dims.length > MOST_DIMENSIONS) this.refuse(`has more than ${MOST_DIMENSIONS} dimensions`);
    return { kind: "rows", dims, place, type, rounded: isRounded };
  }

  /** The output of an operator on `value` that leaves the rows on their axis. */
  resultOf(value: Rows, dims: readonly Size[], options?: ResultOptions): Rows {
    return this.result([value], dims, value.place, options);
  }

  /** The output of an operator on `value` that has its shape. */
  sameShape(value: Rows, options?: ResultOptions): Rows {
    return this.resultOf(value, value.dims, options);
  }

  /** The output of an operator on `value` that has another size along one axis. */
  resized(value: Rows, axis: number, size: Size, options?: ResultOptions): Rows {
    return this.resultOf(value, value.dims.with(axis, size), options);
  }

  /** The output of an operator that moves the elements of `value`. Without rows, they are no longer known. */
  reshaped(value: Shaped, dims: readonly Size[], place?: Place): Value {
    if (value.kind === "rows") return this.result([value], dims, place ?? value.place);
    return { ...value, dims, content: undefined };
  }
}

export interface ResultOptions {
  /** Whether its last bits may depend on the number of rows. Default no. */
  readonly rounds?: boolean;
  /** `TensorProto.DataType`. Default: the type of the first value. */
  readonly type?: number | undefined;
}

export const MOST_DIMENSIONS = 64;
