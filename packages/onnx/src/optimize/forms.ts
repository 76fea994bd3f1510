import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Binding } from "../binding.ts";
import type { VariantSession } from "../optimized/record.ts";
import { toPointwise } from "./pointwise/to-pointwise.ts";

export type FormName = "ort" | "ort-unpacked" | "pointwise" | "external" | "external-prepacked";

/** One way to store and load a model. */
export interface FormRecipe {
  readonly name: FormName;
  readonly description: string;
  /** Whether the runtime may reorder weights when it loads it. */
  readonly prepacks: boolean;
  /** The written model that it loads; two recipes may share one. */
  readonly layout: Layout;
  readonly session: Pick<VariantSession, "graphOptimizationLevel" | "config">;
}

type Layout = "ort" | "pointwise" | "external" | "external-prepacked";

const UNPACKED = { "session.disable_prepacking": "1" };
/** Mapped, and used in place: see `memoryMapping` in session-options.ts, which an explicit record repeats. */
const MAPPED = { "session.use_memory_mapped_ort_model": "1", "session.use_ort_model_bytes_for_initializers": "1" };

type Session = FormRecipe["session"];

const ORT: Session = { graphOptimizationLevel: "all", config: MAPPED };
const ORT_UNPACKED: Session = { ...ORT, config: { ...MAPPED, ...UNPACKED } };
const EXTERNAL: Session = { graphOptimizationLevel: "disabled", config: {} };

function recipe(name: FormName, layout: Layout, session: Session, description: string): FormRecipe {
  return { name, layout, session, description, prepacks: session !== ORT_UNPACKED };
}

const IN_PLACE = "ORT format, mapped; weights are used in place";

export const RECIPES: readonly FormRecipe[] = [
  recipe("ort", "ort", ORT, "ORT format, mapped; weights are reordered at load"),
  recipe("ort-unpacked", "ort", ORT_UNPACKED, IN_PLACE),
  recipe("pointwise", "pointwise", ORT_UNPACKED, `dense layers as 1 x 1 convolutions, ${IN_PLACE}`),
  recipe("external", "external", EXTERNAL, "ONNX with its weights in a mapped file; they are reordered at load"),
  recipe(
    "external-prepacked",
    "external-prepacked",
    EXTERNAL,
    "ONNX with its weights in a mapped file, reordered in advance",
  ),
];

export interface WrittenForm {
  /** The first is loaded. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** A form, or why it could not be written. */
type Written = WrittenForm | string;

/** The model to rewrite. */
export interface LayoutSource {
  readonly binding: Binding;
  readonly model: string;
  /** Beginning of the names of files. */
  readonly stem: string;
  /** `all` lays weights out for this kind of processor, `extended` for any of the architecture. */
  readonly level: "all" | "extended";
}

/**
 * Writes the models that the recipes load, each into its own folder, with their final names.
 *
 * @returns By layout, the written files, or why they could not be written.
 */
export function writeLayouts(source: LayoutSource, folderOf: (layout: string) => string): Map<Layout, Written> {
  const layouts = [...new Set(RECIPES.map(({ layout }) => layout))];
  const forms = new Map(layouts.map((layout) => [layout, tryWrite(source, layout, folderOf(layout))]));
  const prepacked = forms.get("external-prepacked");
  if (typeof prepacked === "object" && prepacked.files.length === 1) {
    forms.set("external-prepacked", "all weights are too small for a separate file");
  }
  return forms;
}

function tryWrite(source: LayoutSource, layout: Layout, folder: string): Written {
  try {
    if (layout === "ort") return writeOrt(source, source.model, folder);
    if (layout === "pointwise") return writePointwise(source, folder);
    return writeExternal(source, folder, layout === "external-prepacked");
  } catch (error) {
    return `it could not be written: ${(error as Error).message.trim()}`;
  }
}

function writeOrt(source: LayoutSource, from: string, folder: string): WrittenForm {
  const path = join(folder, `${source.stem}.ort`);
  convert(source, from, path);
  return written([path]);
}

function writePointwise(source: LayoutSource, folder: string): Written {
  // Constants folded, batch normalisation and biases merged, and everything in one file.
  const [simple, rewritten] = [join(folder, "simple.onnx"), join(folder, "rewritten.onnx")];
  convert(source, source.model, simple, "basic");
  const pieces = toPointwise(readFileSync(simple));
  if (pieces === undefined) return "it does not have dense layers that can be rewritten";
  writePieces(rewritten, pieces);
  return writeOrt(source, rewritten, folder);
}

function writeExternal(source: LayoutSource, folder: string, prepacked: boolean): WrittenForm {
  const path = join(folder, `${source.stem}.optimized.onnx`);
  const weights = `${source.stem}.optimized.bin`;
  convert(source, source.model, path, source.level, {
    "session.optimized_model_external_initializers_file_name": weights,
    "session.optimized_model_external_initializers_min_size_in_bytes": "1024",
    ...(prepacked ? { "session.save_external_prepacked_constant_initializers": "1" } : {}),
  });
  const data = join(folder, weights);
  return written(existsSync(data) ? [path, data] : [path]);
}

/** The runtime writes the graph that it would run. */
function convert(
  { binding, level }: LayoutSource,
  from: string,
  to: string,
  graphOptimizationLevel: string = level,
  extra: Record<string, string> = {},
): void {
  const session = new binding.Session();
  const options = {
    intraOpNumThreads: 1,
    graphOptimizationLevel,
    logSeverityLevel: 4,
    optimizedModelFilePath: to,
    extra,
  };
  session.loadModel(from, options);
  session.dispose();
}

function written(files: readonly string[]): WrittenForm {
  return { files, bytes: files.reduce((total, file) => total + statSync(file).size, 0) };
}

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const descriptor = openSync(path, "w");
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
    }
  } finally {
    closeSync(descriptor);
  }
}
