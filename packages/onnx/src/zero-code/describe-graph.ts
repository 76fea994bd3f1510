import type { ModelMetadata } from "@tricast/core/adapter";
import { describe } from "../metadata.ts";
import type { AnyLoadedModel } from "../model.ts";
import { graphFile } from "../optimized/choose-form.ts";
import { unservedAsIs } from "../rewrite/plan-edits.ts";
import { tensorsOf } from "./sequences.ts";

const UNSERVED = new WeakMap<AnyLoadedModel, ModelMetadata["unserved"]>();

/** The metadata of a graph with what the runtime does not know: optional inputs, and outputs that are left out. */
export function describeGraph(model: AnyLoadedModel): ModelMetadata {
  const { platform, inputs, outputs } = describe(model.inputs, tensorsOf(model));
  const { defaults = {}, sequences = [] } = model.origin.form;
  if (!UNSERVED.has(model)) UNSERVED.set(model, findUnserved(model));
  const unserved = UNSERVED.get(model);
  return {
    platform,
    inputs: inputs.map((input) => (Object.hasOwn(defaults, input.name) ? { ...input, optional: true } : input)),
    outputs,
    ...(sequences.length > 0 && { lists: sequences }),
    ...(unserved && { unserved }),
  };
}

function findUnserved({ origin }: AnyLoadedModel): ModelMetadata["unserved"] {
  const file = graphFile(origin.form);
  if (file.format !== "onnx") return undefined;
  try {
    const found = unservedAsIs(file.content ?? file.path);
    return found.length === 0 ? undefined : found.map(({ name, datatype }) => ({ name, datatype }));
  } catch {
    // The file has gone or changed since it was loaded.
    return undefined;
  }
}
