import {
  type Attribute,
  DEEPEST_NESTING,
  type Graph,
  type GraphFunction,
  type GraphModel,
  type GraphNode,
  type GraphValue,
} from "../model.ts";
import { readGraphModel } from "../read-model.ts";
import { AI_ONNX_ML } from "./ai-onnx-ml.ts";
import { ATTENTION } from "./attention.ts";
import { CONTROL_FLOW, LISTS } from "./control-flow.ts";
import { CONVOLUTION } from "./convolution.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { GATHERING } from "./gathering.ts";
import { IMAGES } from "./images.ts";
import { MATMUL } from "./matmul.ts";
import { MOST_DIMENSIONS, OperatorCall, type Rules } from "./operator-call.ts";
import { REDUCTIONS } from "./reductions.ts";
import { RESHAPES } from "./reshape.ts";
import { RowsMeet } from "./rows-meet.ts";
import { Scope } from "./scope.ts";
import { SHAPES } from "./shapes.ts";
import { literal, type Size, symbol } from "./size.ts";
import { SLICE_CONCAT } from "./slice-concat.ts";
import { fixed, type Input, isWhole, mixed, rowsOf, type Value } from "./value.ts";

/**
 * The verdict by output of a graph. `true`: each row of the output (axis 0) is computed only from the same row of the
 * inputs, so requests may share a run, and each gets the answer of a run alone. Otherwise the reason why this is not known.
 */
export type RowVerdict = Readonly<Record<string, true | string>>;

/**
 * Finds out which outputs of an ONNX model keep rows apart, by following the rows through its operators. An output
 * qualifies only if the effect on rows is known for every operator it depends on. Joined rows are promised to have floats
 * within 1e-5 of their row's own magnitude, and equal whole numbers and texts. Therefore an output does not qualify if it is
 * decided by floats whose last bits depend on the number of rows (a label by scores).
 *
 * Tree ensembles keep this promise on one thread only; see `isThreadable`.
 *
 * @param source A path, or the bytes of a file. Weights are not read.
 * @throws {TricastError} `model-invalid` for a source that is not an ONNX model, or is cut off.
 */
export function analyzeRows(source: string | Uint8Array): RowVerdict {
  return new Analysis(readGraphModel(source)).verdict();
}

const RULES: ReadonlyMap<string, Rules[string]> = new Map(
  Object.entries({
    ...ELEMENTWISE,
    ...SHAPES,
    ...RESHAPES,
    ...GATHERING,
    ...SLICE_CONCAT,
    ...IMAGES,
    ...REDUCTIONS,
    ...MATMUL,
    ...CONVOLUTION,
    ...ATTENTION,
    ...LISTS,
    ...CONTROL_FLOW,
    ...AI_ONNX_ML,
  }),
);

/** The outputs of these operators differ from run to run, even with equal inputs. */
const RANDOM = new Set(
  "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike".split(" "),
);

const ONE_SCALE = "takes one scale from the values of all rows";
const WIDEST = "makes every row as wide as the widest";

/** Reasons for frequent operators that mix rows. */
const KNOWN_REASONS: Readonly<Record<string, string>> = {
  DynamicQuantizeLinear: ONE_SCALE,
  "com.microsoft:DynamicQuantizeMatMul": ONE_SCALE,
  "com.microsoft:DynamicQuantizeLSTM": ONE_SCALE,
  NonZero: "lists the elements of all rows together",
  Unique: "compares the elements of all rows",
  StringSplit: WIDEST,
  "com.microsoft:Tokenizer": WIDEST,
  NonMaxSuppression: "lists the boxes of all rows together",
};

/** Operators whose output has the shape of their first input. */
const SAME_SHAPE = new Set(
  "CumProd CumSum Hardmax LogSoftmax LpNormalization Scatter ScatterElements ScatterND Softmax Trilu".split(" "),
);

/** The runtime implements these domains, and prefers its own operator over a function of the model with the same name. */
const OWN_DOMAINS: ReadonlySet<string> = new Set(["", "ai.onnx.ml", "com.microsoft"]);

/** Limit for nodes of subgraphs and functions, counted each time they are visited: far more than real models have. */
const MOST_INNER_NODES = 500_000;

/** Real nodes have fewer inputs. */
const MOST_INPUTS = 4096;

/** The context of a node. */
interface Context {
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes of the call, inside a function. */
  readonly call?: ReadonlyMap<string, Attribute>;
  readonly depth: number;
}

class Analysis {
  private readonly model: GraphModel;
  private names = 0;
  /** Nodes that may still be visited: functions that call functions could take exponential time. */
  private left: number;

  constructor(model: GraphModel) {
    this.model = model;
    this.left = model.graph.nodes.length + MOST_INNER_NODES;
  }

  verdict(): RowVerdict {
    const { graph, opsets } = this.model;
    const scope = new Scope();
    for (const input of graph.inputs) scope.set(input.name, this.input(input));
    this.run(graph, scope, { opsets, depth: 0 });
    const tensors = graph.outputs.filter(({ kind }) => kind === "tensor");
    return Object.fromEntries(tensors.map(({ name }) => [name, verdictOf(scope.get(name))]));
  }

  private input({ name, kind, type, dims }: GraphValue): Value {
    const refused = (why: string): Value => mixed(`the input ${JSON.stringify(name)} ${why}`);
    if (kind !== "tensor") return refused("is not a tensor");
    if (dims === undefined) return refused("has any number of dimensions");
    // The runtime does not check that sizes with the same name are equal.
    const sizes = dims.map((dim): Size => (typeof dim === "number" ? literal(dim) : this.fresh()));
    return sizes.length === 0 ? refused("does not have rows") : rowsOf(sizes, type);
  }

  private readonly fresh = (): Size => symbol(`s${this.names++}`);

  /** Adds the outputs of a graph's nodes to `scope`. */
  private run({ nodes, initializers }: Pick<Graph, "nodes" | "initializers">, scope: Scope, context: Context): void {
    for (const { name, dims, type, values } of initializers)
      scope.set(name, fixed(dims.map(literal), type, values?.map(literal)));
    for (const node of nodes) {
      const outputs = this.outputsOf(node, scope, context);
      for (const [index, name] of node.outputs.entries()) {
        if (name !== "") scope.set(name, bounded(outputs[index] ?? mixed(`${node.op} does not have output ${index}`)));
      }
    }
  }

  private outputsOf(node: GraphNode, scope: Scope, context: Context): readonly Value[] {
    if (this.left-- <= 0 || node.inputs.length > MOST_INPUTS)
      return forAll(node, mixed("the graph is too large for the analysis"));
    const values = node.inputs.map((name) => (name === "" ? undefined : scope.get(name)));
    const meets = values.find((value) => value?.kind === "mixed");
    if (meets !== undefined) return forAll(node, meets);
    const inputs = values as readonly (Input | undefined)[];
    try {
      const outputs = this.apply(this.callOf(node, inputs, scope, context), context);
      return "kind" in outputs ? [outputs] : outputs;
    } catch (error) {
      if (!(error instanceof RowsMeet)) throw error;
      const isFixed = inputs.every((value) => value === undefined || value.kind === "fixed");
      const mayMeet = CONTROL_FLOW[node.op] !== undefined || !isFixed;
      return forAll(node, mayMeet ? mixed(error.message) : fixedResult(node, inputs[0]));
    }
  }

  private callOf(
    node: GraphNode,
    inputs: readonly (Input | undefined)[],
    scope: Scope,
    context: Context,
  ): OperatorCall {
    const called = context.call === undefined ? node : resolved(node, context.call);
    return new OperatorCall(called, context.opsets.get(node.domain) ?? 1, inputs, {
      fresh: this.fresh,
      evaluate: (graph, values) => this.evaluate(graph, values, scope, context),
    });
  }

  private apply(call: OperatorCall, context: Context): Value | readonly Value[] {
    const { op, domain, overload } = call.node;
    const refused = (why: string): readonly Value[] => forAll(call.node, mixed(`${call.name} ${why}`));
    const definition = this.model.functions.get(`${domain}:${op}:${overload}`);
    if (definition !== undefined && OWN_DOMAINS.has(domain))
      return refused("has the name of an operator, and is also a function of the model");
    if (definition !== undefined) return this.inline(call, definition, context);
    if (domain === "" && RANDOM.has(op)) return refused("is random");
    const key = domain === "" ? op : `${domain}:${op}`;
    const rule = RULES.get(key);
    if (rule !== undefined) return rule(call);
    const why = KNOWN_REASONS[key] ?? "is not known to keep rows apart";
    // An operator of another domain may return different outputs for the same inputs.
    return domain === "" || domain === "ai.onnx.ml" ? call.refuse(why) : refused(why);
  }

  /** Evaluates a subgraph, which sees the values of the outer graph. */
  private evaluate(graph: Graph, inputs: readonly Value[], around: Scope, context: Context): readonly Value[] {
    if (context.depth >= DEEPEST_NESTING) throw new RowsMeet("graphs are nested too deep");
    const scope = new Scope(around);
    for (const [index, { name }] of graph.inputs.entries()) scope.set(name, given(inputs[index]));
    this.run(graph, scope, { ...context, depth: context.depth + 1 });
    return graph.outputs.map(({ name }) => given(scope.get(name)));
  }

  /** Evaluates a function of the model, which sees only its inputs. */
  private inline(
    call: OperatorCall,
    { inputs, outputs, nodes, opsets, defaults }: GraphFunction,
    { depth }: Context,
  ): readonly Value[] {
    if (depth >= DEEPEST_NESTING) return outputs.map(() => mixed(`${call.name} calls functions too deep`));
    const scope = new Scope();
    for (const [index, name] of inputs.entries()) scope.set(name, call.inputs[index]);
    const attributes = new Map([...defaults, ...call.node.attributes]);
    this.run({ nodes, initializers: [] }, scope, { opsets, call: attributes, depth: depth + 1 });
    return outputs.map((name) => given(scope.get(name)));
  }
}

function forAll(node: GraphNode, value: Value): readonly Value[] {
  return node.outputs.map(() => value);
}

/** The result of a node without rows, where none of the rules apply. */
function fixedResult({ op, domain }: GraphNode, first: Value | undefined): Value {
  const isSame = domain === "" && SAME_SHAPE.has(op) && first?.kind === "fixed";
  return isSame ? fixed(first.dims, first.type) : fixed(undefined, 0);
}

/** Drops the shape of a value with more dimensions than any tensor: keeping it would take time. */
function bounded(value: Value): Value {
  return value.kind === "mixed" || value.kind === "rows" || (value.dims?.length ?? 0) <= MOST_DIMENSIONS
    ? value
    : { kind: value.kind, dims: undefined, type: value.type };
}

function given(value: Value | undefined): Value {
  return value ?? mixed("a value is left out");
}

/** A node in a function, with references replaced by the attributes of the call. */
function resolved(node: GraphNode, call: ReadonlyMap<string, Attribute>): GraphNode {
  const known = [...node.attributes].flatMap(([name, attribute]): [string, Attribute][] => {
    const meant = attribute.reference === undefined ? attribute : call.get(attribute.reference);
    return meant === undefined ? [] : [[name, meant]];
  });
  return { ...node, attributes: new Map(known) };
}

function verdictOf(value: Value | undefined): true | string {
  if (value === undefined) return "it is not an output of any node";
  if (value.kind === "mixed") return value.why;
  if (value.kind !== "rows") return "it does not depend on the rows";
  const { axis } = value.place;
  if (axis !== 0) return `its rows are on axis ${axis}`;
  return isWhole(value.place) ? true : "it does not have one row for each row of the inputs";
}
