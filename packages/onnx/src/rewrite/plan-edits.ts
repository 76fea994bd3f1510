import { type Bytes, withBytes } from "../graph/bytes.ts";
import type { Field } from "../graph/protobuf.ts";
import { type GraphInterface, readInterface } from "../graph/read-interface.ts";
import { DATATYPES } from "../tensor/datatypes.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isTensorType } from "../tensor/types.ts";
import { castValues } from "./cast-values.ts";
import { readDefault } from "./read-default.ts";
import { isSequence } from "./sequence-outputs.ts";
import { type Edit, tensorOutputs } from "./served-outputs.ts";

/** The changes of a graph that is served without code. */
export interface Plan {
  readonly graph: GraphInterface;
  readonly edits: readonly Edit[];
  /** The values of optional inputs. */
  readonly defaults: Readonly<Record<string, Tensor>>;
  /** Outputs that are sequences of tensors, see `sequenceParts`. */
  readonly sequences: readonly string[];
}

/** `undefined` for a graph that is served as it is. */
export function planEdits(bytes: Bytes): Plan | undefined {
  const graph = readInterface(bytes);
  const defaults: Record<string, Tensor> = {};
  const edits: Edit[] = merged(tensorOutputs(bytes, graph), castValues(bytes, graph));
  for (const [name, field] of overridable(graph)) {
    const tensor = readDefault(bytes, field);
    if (tensor === undefined) continue;
    defaults[name] = tensor;
    edits.push([field, []]);
  }
  const changed = new Set(edits.map(([field]) => field.tag));
  const sequences = graph.outputs
    .filter(({ field, datatype }) => changed.has(field.tag) && isSequence(datatype))
    .map(({ name }) => name);
  return edits.length === 0 ? undefined : { graph, edits, defaults, sequences };
}

/** Two changes of one operator cannot be combined: then the second changes are left out. */
function merged(edits: readonly Edit[], more: readonly Edit[]): Edit[] {
  const changed = new Set(edits.map(([field]) => field.tag));
  return more.some(([field]) => changed.has(field.tag)) ? [...edits] : [...edits, ...more];
}

/** Before version 4 of the format, every initializer had to be an input as well. */
const OVERRIDES_FROM = 4;

/** Inputs that are initializers too. */
function overridable({ irVersion, inputs, initializers }: GraphInterface): (readonly [name: string, field: Field])[] {
  if (irVersion < OVERRIDES_FROM) return [];
  return inputs.flatMap(({ name }) => {
    const field = initializers.get(name);
    return field === undefined ? [] : [[name, field] as const];
  });
}

/** An input or output that a graph without code is not served with. */
export interface UnservedGraphValue {
  readonly side: "input" | "output";
  readonly name: string;
  /** `SEQUENCE<FP32>`, `BF16` ... */
  readonly datatype: string;
}

/** The datatypes of tensors that the runtime's addon passes on. */
const SERVED: ReadonlySet<string> = new Set(
  DATATYPES.filter(([, name]) => isTensorType(name)).map(([, , datatype]) => datatype),
);

/**
 * What is missing when the graph is served without code. With such an input, it cannot be served at all.
 * @throws {TricastError} `model-invalid` where the source is not an ONNX model.
 */
export function unservedValues(source: string | Uint8Array): UnservedGraphValue[] {
  return withBytes(source, (bytes) => {
    const replaced = new Set(planEdits(bytes)?.edits.map(([field]) => field.tag));
    return unserved(bytes, replaced);
  });
}

/** What the runtime's addon does not pass on of a graph that is served as it is. */
export function unservedAsIs(source: string | Uint8Array): UnservedGraphValue[] {
  return withBytes(source, (bytes) => unserved(bytes, new Set()));
}

function unserved(bytes: Bytes, replaced: ReadonlySet<number>): UnservedGraphValue[] {
  const { inputs, outputs, initializers } = readInterface(bytes);
  const given = inputs
    .filter(({ name }) => !initializers.has(name))
    .map((value) => ({ side: "input" as const, value }));
  const all = [...given, ...outputs.map((value) => ({ side: "output" as const, value }))];
  return all
    .filter(({ value: { datatype, field } }) => !SERVED.has(datatype) && !replaced.has(field.tag))
    .map(({ side, value: { name, datatype } }) => ({ side, name, datatype }));
}
