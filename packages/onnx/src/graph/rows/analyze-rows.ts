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
import { fixed, isWhole, mixed, rowsOf, type Value } from "./value.ts";

/**
 * By output of a graph: `true` where each row of it (axis 0) is made of the same row of the inputs alone, so that requests
 * may share a run and each is answered as it would be alone; otherwise why that is not known.
 */
export type RowVerdict = Readonly<Record<string, true | string>>;

/**
 * Finds out which outputs of an ONNX model keep rows apart, by following the rows through its operators. Only operators
 * whose effect on rows is known count; a model of any other is not known to keep them apart. What is promised of joined
 * rows: floats within 1e-5 of their row's own magnitude, whole numbers and texts exactly. Therefore an output that is
 * decided by floats whose last bits depend on the number of rows (a label by scores) is not among them.
 *
 * Tree ensembles keep this promise on one thread only; see `isThreadable`.
 *
 * @param source A path, or the bytes of a file. Weights are not read.
 * @throws {TricastError} `model-invalid` for what is not an ONNX model, or is cut off.
 */
export function analyzeRows(source: string | Uint8Array): RowVerdict {
  return new Analysis(readGraphModel(source)).verdict();
}

const RULES: ReadonlyMap<string, Rules[string]> = new Map(
  [
    ELEMENTWISE,
    SHAPES,
    RESHAPES,
    GATHERING,
    SLICE_CONCAT,
    IMAGES,
    REDUCTIONS,
    MATMUL,
    CONVOLUTION,
    ATTENTION,
    LISTS,
    CONTROL_FLOW,
    AI_ONNX_ML,
  ].flatMap((rules) => Object.entries(rules)),
);

/** The outputs of these differ from run to run, even with equal inputs. */
const RANDOM: ReadonlySet<string> = new Set([
  "Bernoulli",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
]);

/** Reasons for frequent operators that mix rows. */
const KNOWN_REASONS: Readonly<Record<string, string>> = {
  DynamicQuantizeLinear: "takes one scale from the values of all rows",
  "com.microsoft:DynamicQuantizeMatMul": "takes one scale from the values of all rows",
  "com.microsoft:DynamicQuantizeLSTM": "takes one scale from the values of all rows",
  NonZero: "lists the elements of all rows together",
  Unique: "compares the elements of all rows",
  StringSplit: "makes every row as wide as the widest",
  "com.microsoft:Tokenizer": "makes every row as wide as the widest",
  NonMaxSuppression: "lists the boxes of all rows together",
};

/** Operators whose output has the shape of their first input. */
const SAME_SHAPE: ReadonlySet<string> = new Set([
  "CumProd",
  "CumSum",
  "Hardmax",
  "LogSoftmax",
  "LpNormalization",
  "Scatter",
  "ScatterElements",
  "ScatterND",
  "Softmax",
  "Trilu",
]);

/** The runtime knows these domains itself, and takes its own operator where a model's function has the name of one. */
const OWN_DOMAINS: ReadonlySet<string> = new Set(["", "ai.onnx.ml", "com.microsoft"]);

/** Limit for nodes of subgraphs and functions, counted each time they are visited: far more than real models have. */
const MOST_INNER_NODES = 500_000;

/** No real node has more inputs. */
const MOST_INPUTS = 4096;

/** Where a node stands. */
interface Context {
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes of the call, inside of a function. */
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
    if (kind !== "tensor") return mixed(`the input ${JSON.stringify(name)} is not a tensor`);
    if (dims === undefined) return mixed(`the input ${JSON.stringify(name)} has any number of dimensions`);
    // Named sizes are only equal where the runtime checks them, and it does not.
    const sizes = dims.map((dim): Size => (typeof dim === "number" ? literal(dim) : symbol(this.freshName())));
    return sizes.length === 0 ? mixed(`the input ${JSON.stringify(name)} has no rows`) : rowsOf(sizes, type);
  }

  private freshName(): string {
    return `s${this.names++}`;
  }

  /** Adds what the nodes of a graph give to `scope`. */
  private run({ nodes, initializers }: Pick<Graph, "nodes" | "initializers">, scope: Scope, context: Context): void {
    for (const { name, dims, type, values } of initializers)
      scope.set(name, fixed(dims.map(literal), type, values?.map(literal)));
    for (const node of nodes) {
      const outputs = this.outputsOf(node, scope, context);
      for (const [index, name] of node.outputs.entries()) {
        if (name !== "") scope.set(name, bounded(outputs[index] ?? mixed(`${node.op} has no output ${index}`)));
      }
    }
  }

  private outputsOf(node: GraphNode, scope: Scope, context: Context): readonly Value[] {
    if (this.left-- <= 0 || node.inputs.length > MOST_INPUTS)
      return node.outputs.map(() => mixed("the graph is too large to be looked at"));
    const inputs = node.inputs.map((name) => (name === "" ? undefined : scope.get(name)));
    const meets = inputs.find((value) => value?.kind === "mixed");
    if (meets !== undefined) return node.outputs.map(() => meets);
    const call = this.callOf(node, inputs, scope, context);
    try {
      const outputs = this.apply(call, inputs, context);
      return Array.isArray(outputs) ? outputs : [outputs as Value];
    } catch (error) {
      if (!(error instanceof RowsMeet)) throw error;
      const canMeet =
        CONTROL_FLOW[node.op] !== undefined || inputs.some((value) => value !== undefined && value.kind !== "fixed");
      return node.outputs.map(() => (canMeet ? mixed(error.message) : fixedResult(node, inputs[0])));
    }
  }

  private callOf(
    node: GraphNode,
    inputs: readonly (Value | undefined)[],
    scope: Scope,
    context: Context,
  ): OperatorCall {
    const attributes = context.call === undefined ? node.attributes : resolved(node.attributes, context.call);
    return new OperatorCall(node, context.opsets.get(node.domain) ?? 1, inputs, attributes, {
      freshName: () => this.freshName(),
      evaluate: (graph, values) => this.evaluate(graph, values, scope, context),
    });
  }

  private apply(
    call: OperatorCall,
    inputs: readonly (Value | undefined)[],
    context: Context,
  ): Value | readonly Value[] {
    const { op, domain } = call.node;
    const key = domain === "" ? op : `${domain}:${op}`;
    const definition = this.model.functions.get(`${domain}:${op}:${call.node.overload}`);
    if (definition !== undefined && OWN_DOMAINS.has(domain))
      return call.node.outputs.map(() => mixed(`${call.name} has the name of an operator, and is a function as well`));
    if (definition !== undefined) return this.inline(call, definition, inputs, context);
    if (domain === "" && RANDOM.has(op)) return call.node.outputs.map(() => mixed(`${call.name} is random`));
    const rule = RULES.get(key);
    const why = KNOWN_REASONS[key] ?? "is not known to keep rows apart";
    // A stranger's operator may give something else each time, whatever it is given.
    if (rule === undefined && domain !== "" && domain !== "ai.onnx.ml")
      return call.node.outputs.map(() => mixed(`${call.name} ${why}`));
    if (rule === undefined) return call.refuse(why);
    return rule(call);
  }

  /** Evaluates a subgraph, which sees the values of the graph around it. */
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
    values: readonly (Value | undefined)[],
    { depth }: Context,
  ): readonly Value[] {
    if (depth >= DEEPEST_NESTING) return outputs.map(() => mixed(`${call.name} calls functions too deep`));
    const scope = new Scope();
    for (const [index, name] of inputs.entries()) scope.set(name, values[index]);
    const attributes = new Map([...defaults, ...call.attributes]);
    this.run({ nodes, initializers: [] }, scope, { opsets, call: attributes, depth: depth + 1 });
    return outputs.map((name) => given(scope.get(name)));
  }
}

/** The result of a node without rows, where no rule applies. */
function fixedResult({ op, domain }: GraphNode, first: Value | undefined): Value {
  const isSame = domain === "" && SAME_SHAPE.has(op) && first?.kind === "fixed";
  return isSame ? fixed(first.dims, first.type) : fixed(undefined, 0);
}

/** Forgets the shape of a value with more dimensions than any tensor: to keep it would take time. */
function bounded(value: Value): Value {
  return value.kind === "mixed" || value.kind === "rows" || (value.dims?.length ?? 0) <= MOST_DIMENSIONS
    ? value
    : { kind: value.kind, dims: undefined, type: value.type };
}

function given(value: Value | undefined): Value {
  return value ?? mixed("a value is left out");
}

/** Attributes of a node in a function, with references replaced by the attributes of the call. */
function resolved(
  attributes: ReadonlyMap<string, Attribute>,
  call: ReadonlyMap<string, Attribute>,
): ReadonlyMap<string, Attribute> {
  const known: [string, Attribute][] = [];
  for (const [name, attribute] of attributes) {
    const meant = attribute.reference === undefined ? attribute : call.get(attribute.reference);
    if (meant !== undefined) known.push([name, meant]);
  }
  return new Map(known);
}

function verdictOf(value: Value | undefined): true | string {
  if (value === undefined) return "nothing gives it";
  if (value.kind === "mixed") return value.why;
  if (value.kind !== "rows") return "it is the same whatever the rows are";
  const { axis } = value.place;
  if (axis !== 0) return `its rows are on axis ${axis}`;
  return isWhole(value.place) ? true : "it does not have one row for each row of the inputs";
}
