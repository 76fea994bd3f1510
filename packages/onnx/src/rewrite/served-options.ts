import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { LoadContext } from "@tricast/core/adapter";
import { withBytes } from "../graph/bytes.ts";
import type { LoadOptions } from "../load.ts";
import type { ModelFile } from "../locate.ts";
import { opset } from "./graph-parts.ts";
import { head } from "./message-writer.ts";
import { type Plan, planEdits } from "./plan-edits.ts";

/**
 * Changed options for a graph that is served without code, if its file has to be changed in memory:
 * - outputs that are not tensors become tensors, see `tensorOutputs`;
 * - an initializer that is also an input is an optional input. The addon passes on only inputs without an initializer, so the
 *   initializer is taken out, and its value is sent with each request that lacks the input.
 *
 * Reads names only. A file that cannot be read is left to the load, which reports it.
 */
export function servedOptions(
  file: ModelFile,
  options: LoadOptions,
  { definition }: LoadContext,
): LoadOptions | undefined {
  const hasCode = definition?.predict !== undefined || definition?.predictBatch !== undefined;
  const { form } = options;
  const original = form?.file ?? file;
  if (definition === undefined || hasCode || original.format !== "onnx") return undefined;
  const plan = tryPlan(original);
  if (plan === undefined) return undefined;
  const content = assemble(original.content ?? readFileSync(original.path), plan);
  const changed: ModelFile = { path: original.path, bytes: content.length, format: "onnx", content };
  return {
    ...options,
    session: original.content === undefined ? besideFile(options.session, original) : options.session,
    form: { ...form, file: changed, original, isEdited: true, defaults: plan.defaults, sequences: plan.sequences },
  };
}

/** The weights of a file in memory are still in the folder of the file. */
function besideFile(session: LoadOptions["session"], { path }: ModelFile): LoadOptions["session"] {
  const config = { "session.model_external_initializers_file_folder_path": dirname(path), ...session?.config };
  return { ...session, config };
}

function tryPlan(file: ModelFile): Plan | undefined {
  try {
    return withBytes(file.content ?? file.path, planEdits);
  } catch {
    return undefined;
  }
}

const GRAPH = 7;
/** For a model that has operators of other domains only: old enough for the runtimes of its format. */
const PLAIN_OPSET = 13;

/** The model with its graph changed. */
function assemble(content: Uint8Array, { graph: { graph, opsets }, edits }: Plan): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = graph.start;
  for (const [field, added] of edits.toSorted(([one], [other]) => one.tag - other.tag)) {
    parts.push(content.subarray(from, field.tag), ...added);
    from = field.end;
  }
  parts.push(content.subarray(from, graph.end));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const domains = opsets.has("") ? [] : [opset(PLAIN_OPSET)];
  return Buffer.concat([
    content.subarray(0, graph.tag),
    head(GRAPH, length),
    ...parts,
    content.subarray(graph.end),
    ...domains,
  ]);
}
