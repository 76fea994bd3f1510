import { type Attribute, type Graph, type GraphNode, isCoarseFloat, mayBeFloat } from "../model.ts";
import { RowsMeet } from "./rows-meet.ts";
import { literal, numberOf, type Size, symbol } from "./size.ts";
import { type Element, MOST_ELEMENTS, type Place, type Rows, type Value } from "./value.ts";

/** Says what an operator gives, by what it is given. @throws {RowsMeet} */
export type Rule = (call: OperatorCall) => Value | readonly Value[];

/** By operator; the keys of other domains than the default begin with the domain and a colon. */
export type Rules = Readonly<Record<string, Rule>>;

/** What an operator inside of a model may ask for beside its inputs. */
export interface CallContext {
  /** A name that no other size has. */
  freshName(): string;
  /** The outputs of a graph inside the model, which sees the values around it. */
  evaluate(graph: Graph, inputs: readonly Value[]): readonly Value[];
}

/** One node with the values it is given. */
export class OperatorCall {
  readonly node: GraphNode;
  /** Of the node's domain. */
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  /** In a function, references are replaced by the attributes of the call. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  private readonly context: CallContext;

  constructor(
    node: GraphNode,
    opset: number,
    inputs: readonly (Value | undefined)[],
    attributes: ReadonlyMap<string, Attribute>,
    context: CallContext,
  ) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
    this.attributes = attributes;
    this.context = context;
  }

  attribute(name: string): Attribute | undefined {
    return this.attributes.get(name);
  }

  int(name: string, otherwise: number): number {
    return this.attributes.get(name)?.int ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.attributes.get(name);
    if (attribute?.isLong) this.refuse(`has a list ${name} that is too long to be looked at`);
    // An empty list is written as an attribute without elements.
    return attribute === undefined ? undefined : (attribute.ints ?? []);
  }

  /** The axes in attribute `name`; every axis where the attribute is absent or empty. */
  axesOr(name: string, rank: number): readonly number[] {
    const asked = this.ints(name) ?? [];
    return Array.from({ length: asked.length || rank }, (_, index) => this.axis(asked[index] ?? index, rank));
  }

  text(name: string, otherwise: string): string {
    return this.attributes.get(name)?.text ?? otherwise;
  }

  /** The size that `count` is; a fresh one where it is not known. */
  size(count: number | undefined): Size {
    return count === undefined ? this.fresh() : literal(count);
  }

  /** A size that is only known when the graph runs, and the same for all requests that are joined. */
  fresh(): Size {
    return symbol(this.context.freshName());
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

  /** An input that must be there. */
  input(index: number): Value {
    return this.inputs[index] ?? this.refuse(`lacks input ${index}`);
  }

  /** The inputs that are there. */
  get given(): readonly Value[] {
    return this.inputs.filter((value) => value !== undefined);
  }

  /** An input that has rows. */
  rows(index: number): Rows {
    const value = this.input(index);
    return value.kind === "rows" ? value : this.refuse(`has no rows in input ${index}`);
  }

  /** The first input. It must have rows, and no other input may. */
  onlyRows(): Rows {
    const value = this.rows(0);
    this.onlyRowsIn(0);
    return value;
  }

  /** As {@link onlyRows}, with each row by itself on axis 0. */
  onlyLeading(leastRank = 1): Rows {
    const value = this.leading(0, leastRank);
    this.onlyRowsIn(0);
    return value;
  }

  /** Refuses every other input that is not the same in every run: weights, scales and options. */
  onlyRowsIn(...indices: readonly number[]): void {
    for (const [index, value] of this.inputs.entries()) {
      if (value === undefined || value.kind === "fixed" || indices.includes(index)) continue;
      this.refuse(
        value.kind === "rows" ? `takes input ${index} from the rows` : `takes input ${index} from the number of rows`,
      );
    }
  }

  /** The elements of an input that shapes are made of. `undefined`: not even their number is known. */
  elements(index: number): readonly Element[] | undefined {
    const value = this.inputs[index];
    if (value === undefined) return undefined;
    if (value.kind === "rows") this.refuse("takes a shape from the rows");
    return value.kind === "mixed" ? undefined : contentOf(value);
  }

  /** Whole numbers that are known without running the graph. */
  numbers(index: number): readonly number[] | undefined {
    const elements = this.elements(index);
    const known = elements?.map((element) => (typeof element === "object" ? numberOf(element) : undefined));
    return known?.every((number) => number !== undefined) ? (known as number[]) : undefined;
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || positive < 0 || positive >= rank) this.refuse(`has axis ${axis} of ${rank}`);
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

  /** Refuses what does not have its rows on axis 0, each by itself. */
  leading(index: number, leastRank = 1): Rows {
    const rows = this.rows(index);
    if (rows.place.axis !== 0 || numberOf(rows.place.before) !== 1 || numberOf(rows.place.after) !== 1) {
      this.refuse(`takes the batch from axis 0, and the rows are on axis ${rows.place.axis}`);
    }
    if (rows.dims.length < leastRank) this.refuse(`has ${rows.dims.length} dimensions in input ${index}`);
    return rows;
  }

  /** Refuses what decides between whole numbers, or texts, by floats whose last bits may differ. */
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
      this.refuse("rounds to 16 bits or fewer, which shows in the answer where a last bit differs");
    }
    if (!mayBeFloat(type)) this.decide(...from);
    if (dims.length > MOST_DIMENSIONS) this.refuse(`has more than ${MOST_DIMENSIONS} dimensions`);
    return { kind: "rows", dims, place, type, rounded: isRounded };
  }

  /** The output of an operator on `value` that has its shape. */
  sameShape(value: Rows, options?: ResultOptions): Rows {
    return this.result([value], value.dims, value.place, options);
  }

  /** The output of an operator on `value` that has another size along one axis. */
  resized(value: Rows, axis: number, size: Size, options?: ResultOptions): Rows {
    return this.result([value], value.dims.with(axis, size), value.place, options);
  }
}

interface ResultOptions {
  /** Whether its last bits may depend on the number of rows. Default no. */
  readonly rounds?: boolean;
  /** `TensorProto.DataType`. Default: that of the first value that it is made from. */
  readonly type?: number | undefined;
}

/** The elements of a value without rows: as many as it is known to have, where they themselves are not known. */
export function contentOf(value: Exclude<Value, Rows>): readonly Element[] | undefined {
  if (value.kind === "mixed") return undefined;
  if (value.content !== undefined) return value.content;
  const { dims } = value;
  if (dims === undefined || dims.length > 1) return undefined;
  const count = dims.length === 0 ? 1 : numberOf(dims[0]);
  return count === undefined || !isLength(count) ? undefined : new Array<Element>(count).fill(value.kind);
}

/** Whether a list that shapes are made of may have this length. Broken graphs give negative and huge ones. */
export function isLength(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= MOST_ELEMENTS;
}

export const MOST_DIMENSIONS = 64;

/** Dimensions as sizes where they are numbers. */
export function literals(dims: readonly number[]): readonly Size[] {
  return dims.map(literal);
}
