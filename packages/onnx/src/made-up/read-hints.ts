import { type Constant, type Graph, type GraphNode, readGraphModel } from "../graph/index.ts";
import type { ModelFile } from "../locate.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import { UNNAMED } from "../metadata.ts";
import { type Dims, extentOf, Requirements } from "./dims.ts";
import { ruleOf } from "./follow-shapes.ts";
import { Roles } from "./roles.ts";

/** What a graph requires of its inputs. */
export interface Hints {
  readonly required: Requirements;
  readonly roles: Roles;
}

/** The name of a dimension of any size. Dimensions without a name differ from each other. */
export function keyOf(input: string, dim: string, axis: number): string {
  return dim === UNNAMED ? `${input}[${axis}]` : dim;
}

/** For inputs whose only dimension of any size is the batch, and which are not indices: nearly all graphs accept ones. */
export function noHints(inputs: readonly OnnxValueInfo[]): Hints {
  return new Reading(inputs);
}

/** Reads the graph without its weights. A file that cannot be read that way, such as an `.ort` file, gives no hints. */
export function readHints({ path, content, format }: ModelFile, inputs: readonly OnnxValueInfo[]): Hints {
  if (format !== "onnx") return noHints(inputs);
  try {
    const reading = new Reading(inputs);
    reading.read(readGraphModel(content ?? path).graph);
    return reading;
  } catch {
    return noHints(inputs);
  }
}

class Reading implements Hints {
  readonly required = new Requirements();
  readonly roles: Roles;
  private readonly shapes = new Map<string, Dims>();
  private readonly constants = new Map<string, readonly number[]>();

  constructor(inputs: readonly OnnxValueInfo[]) {
    this.roles = new Roles(inputs.map(({ name }) => name));
    for (const { name, shape } of inputs) {
      // The rank of a value without a shape is unknown.
      if (shape.length === 0) continue;
      this.shapes.set(
        name,
        shape.map((dim, axis) => (typeof dim === "number" ? dim : extentOf(keyOf(name, dim, axis)))),
      );
    }
  }

  /** Inner graphs see the values of the graphs around them. */
  read(graph: Graph): void {
    for (const constant of graph.initializers) this.keep(constant.name, constant);
    for (const node of graph.nodes) this.visit(node);
  }

  private visit(node: GraphNode): void {
    const constants = node.inputs.map((name) => this.constants.get(name));
    this.roles.visit(node, constants);
    const value = node.op === "Constant" ? node.attributes.get("value")?.tensor : undefined;
    if (value !== undefined) this.keep(node.outputs[0]!, value);
    const shapes = node.inputs.map((name) => this.shapes.get(name));
    const shape = ruleOf(node)?.({ node, shapes, constants, required: this.required });
    if (shape !== undefined) this.shapes.set(node.outputs[0]!, shape);
    for (const { graph } of node.attributes.values()) if (graph !== undefined) this.read(graph);
  }

  private keep(name: string, { dims, values }: Constant): void {
    this.shapes.set(name, dims);
    if (values !== undefined) this.constants.set(name, values);
  }
}
