import type { GraphNode } from "../graph/index.ts";

/** The element at `index` of an input, in row-major order. */
export type Element = (index: number) => number;

const ZERO: Element = () => 0;
const ONE: Element = () => 1;
/** Different axes. */
const COUNT: Element = (index) => index;
/** A shape that holds any number of elements. */
const INFERRED: Element = (index) => (index === 0 ? -1 : 1);

/** By operator and position of the input: elements that the operator accepts whatever its other inputs are. */
const ROLES: Readonly<Record<string, Readonly<Record<number, Element>>>> = {
  Reshape: { 1: INFERRED },
  Gather: { 1: ZERO },
  GatherElements: { 1: ZERO },
  GatherND: { 1: ZERO },
  Scatter: { 1: ZERO },
  ScatterElements: { 1: ZERO },
  ScatterND: { 1: COUNT },
  EmbedLayerNormalization: { 0: ZERO, 1: ZERO },
  ArrayFeatureExtractor: { 1: ZERO },
  RoiAlign: { 2: ZERO },
  OneHot: { 0: ZERO, 1: ONE },
  Expand: { 1: ONE },
  ConstantOfShape: { 0: ONE },
  Tile: { 1: ONE },
  Upsample: { 1: ONE },
  Resize: { 2: ONE, 3: ONE },
  TopK: { 1: ONE },
  Loop: { 0: ONE },
  Range: { 0: ZERO, 1: ONE, 2: ONE },
  Pad: { 1: ZERO, 3: COUNT },
  Slice: { 1: ZERO, 2: ONE, 3: COUNT, 4: ONE },
  Unsqueeze: { 1: COUNT },
  Squeeze: { 1: COUNT },
  CumSum: { 1: ZERO },
  Trilu: { 1: ZERO },
  DFT: { 1: ONE },
  ReduceSum: { 1: COUNT },
  ReduceMean: { 1: COUNT },
  ReduceMax: { 1: COUNT },
  ReduceMin: { 1: COUNT },
  ReduceProd: { 1: COUNT },
  Mod: { 1: ONE },
  Div: { 1: ONE },
};

/** Operators that pass elements on, so that the role of the result is the role of the input. */
const PASSING = new Set(["Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape", "Flatten", "Concat", "Transpose"]);

/** Finds what the inputs of a graph are used for. */
export class Roles {
  private readonly found = new Map<string, Element>();
  /** The input of the graph that a value repeats. */
  private readonly sources = new Map<string, string>();

  constructor(inputs: readonly string[]) {
    for (const name of inputs) this.sources.set(name, name);
  }

  /** The elements for an input; `undefined` where no operator restricts them. */
  of(input: string): Element | undefined {
    return this.found.get(input);
  }

  /** @param constants The numbers of the node's inputs, where the file contains them. */
  visit({ op, inputs, outputs }: GraphNode, constants: readonly (readonly number[] | undefined)[]): void {
    for (const [position, name] of inputs.entries()) {
      const source = this.sources.get(name);
      if (source === undefined) continue;
      const role = ROLES[op]?.[position] ?? (op === "Equal" ? comparedWith(constants[1 - position]) : undefined);
      if (role !== undefined && !this.found.has(source)) this.found.set(source, role);
      // The shape of a Reshape is not in its result.
      if (PASSING.has(op) && (position === 0 || op === "Concat")) this.sources.set(outputs[0]!, source);
    }
  }
}

/** A mode that the graph knows, such as a sample rate. */
function comparedWith(constant: readonly number[] | undefined): Element | undefined {
  const value = constant?.length === 1 ? constant[0] : undefined;
  return value === undefined ? undefined : () => value;
}
