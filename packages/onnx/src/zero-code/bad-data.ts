import { isTricastError, TricastError } from "@tricast/core";
import { isPromise } from "@tricast/core/adapter";
import { invalidTensor } from "../feeds.ts";
import type { GraphNode } from "../graph/model.ts";
import { readGraphModel } from "../graph/read-model.ts";
import type { AnyLoadedModel } from "../model.ts";
import { graphFile } from "../optimized/choose-form.ts";
import { Mismatch } from "../tensor/mismatch.ts";
import { type RefusedValues, refusedValues } from "./runtime-reason.ts";

/**
 * Runs the graph on a client's own values. Does not return a promise where the run is synchronous.
 * @throws {TricastError} `invalid-tensor` where an operator cannot compute with them, with the runtime's error as its cause.
 */
export function blaming<Result>(model: AnyLoadedModel, run: () => Result | Promise<Result>): Result | Promise<Result> {
  const refuse = (error: unknown): never => {
    const problem = badData(error, model);
    throw problem === undefined ? error : invalidData([problem], error);
  };
  try {
    const result = run();
    return isPromise(result) ? result.catch(refuse) : result;
  } catch (error) {
    return refuse(error);
  }
}

/** The values' problem in the error of a run; `undefined` where they are not the cause. */
export function badData(error: unknown, model: AnyLoadedModel): Mismatch | undefined {
  if (!isTricastError(error) || error.code !== "predict-failed" || !(error.cause instanceof Error)) return undefined;
  const refused = refusedValues(error.cause.message);
  if (refused === undefined || failsAlways(refused, model)) return undefined;
  return new Mismatch(wording(refused));
}

/** `invalid-tensor` with all problems. */
export function invalidData(problems: readonly Mismatch[], cause: unknown): TricastError {
  const { code, message, issues } = invalidTensor(problems);
  return new TricastError(code, message, { issues, cause });
}

function wording({ operator, reason }: RefusedValues): string {
  const why = reason === "" ? "" : `: ${reason}`;
  return `the model cannot compute with these values, ${operator === "input" ? "at an input" : `at its operator ${operator}`}${why}`;
}

/** By model: the operators of its graph, and whether they depend on an input. Read on the first failure. */
const OPERATORS = new WeakMap<AnyLoadedModel, readonly Operator[]>();

interface Operator {
  readonly name: string;
  readonly op: string;
  readonly depends: boolean;
}

/** Whether the operator does not depend on the inputs: a graph whose own constants are wrong fails on every request. */
function failsAlways({ operator, node }: RefusedValues, model: AnyLoadedModel): boolean {
  const all = OPERATORS.get(model) ?? operatorsOf(model);
  OPERATORS.set(model, all);
  const same = all.filter(({ op }) => op === operator);
  const named = node === "" ? [] : same.filter(({ name }) => name === node);
  // The runtime's optimiser makes operators that the graph does not have, from operators that depend on inputs.
  return same.length > 0 && (named.length > 0 ? named : same).every(({ depends }) => !depends);
}

/** Empty where the graph cannot be read. */
function operatorsOf({ origin, inputs }: AnyLoadedModel): readonly Operator[] {
  const file = graphFile(origin.form);
  if (file.format !== "onnx") return [];
  try {
    const { graph, functions } = readGraphModel(file.content ?? file.path);
    const known = new Set([...graph.inputs, ...inputs].map(({ name }) => name));
    const inner = [...functions.values()].flatMap(({ nodes }) => nodes).flatMap(dependent);
    return [...inner, ...graph.nodes.flatMap((node) => ofNode(node, known))];
  } catch {
    // The file has gone or changed since it was loaded.
    return [];
  }
}

function ofNode(node: GraphNode, known: Set<string>): readonly Operator[] {
  const { name, op, inputs, outputs } = node;
  const inner = subgraphNodes(node).flatMap(dependent);
  // A graph in an attribute reads names of the graph around it.
  const depends = inner.length > 0 || inputs.some((input) => known.has(input));
  if (depends) for (const output of outputs) known.add(output);
  return [{ name, op, depends }, ...inner];
}

function dependent(node: GraphNode): readonly Operator[] {
  return [{ name: node.name, op: node.op, depends: true }, ...subgraphNodes(node).flatMap(dependent)];
}

function subgraphNodes({ attributes }: GraphNode): readonly GraphNode[] {
  return [...attributes.values()].flatMap(({ graph, graphs = [] }) =>
    [graph, ...graphs].flatMap((one) => one?.nodes ?? []),
  );
}
