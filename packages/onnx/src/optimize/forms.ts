import { closeSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Binding, NativeSessionOptions } from "../binding.ts";
import type { VariantSession } from "../optimized/record.ts";
import { toPointwise } from "./pointwise/to-pointwise.ts";

export type FormName = "ort" | "ort-unpacked" | "pointwise" | "external" | "external-prepacked";

/** One way to store and load a model. */
export interface FormRecipe {
  readonly name: FormName;
  readonly description: string;
  /** Whether the runtime may reorder weights when it loads it. */
  readonly prepacks: boolean;
  /** Which of the written models it loads; two recipes may share one. */
  readonly layout: Layout;
  readonly session: Pick<VariantSession, "graphOptimizationLevel" | "config">;
}

type Layout = "ort" | "pointwise" | "external" | "external-prepacked";

const UNPACKED = { "session.disable_prepacking": "1" };
/** Mapped, and used where they lie: see `memoryMapping` in session-options.ts, which an explicit record repeats. */
const MAPPED = { "session.use_memory_mapped_ort_model": "1", "session.use_ort_model_bytes_for_initializers": "1" };

export const RECIPES: readonly FormRecipe[] = [
  {
    name: "ort",
    description: "ORT format, mapped; weights are reordered at load",
    prepacks: true,
    layout: "ort",
    session: { graphOptimizationLevel: "all", config: MAPPED },
  },
  {
    name: "ort-unpacked",
    description: "ORT format, mapped; weights are used as they lie",
    prepacks: false,
    layout: "ort",
    session: { graphOptimizationLevel: "all", config: { ...MAPPED, ...UNPACKED } },
  },
  {
    name: "pointwise",
    description: "dense layers as 1 x 1 convolutions, ORT format, mapped; weights are used as they lie",
    prepacks: false,
    layout: "pointwise",
    session: { graphOptimizationLevel: "all", config: { ...MAPPED, ...UNPACKED } },
  },
  {
    name: "external",
    description: "ONNX with its weights in a mapped file; they are reordered at load",
    prepacks: true,
    layout: "external",
    session: { graphOptimizationLevel: "disabled", config: {} },
  },
  {
    name: "external-prepacked",
    description: "ONNX with its weights in a mapped file, reordered in advance",
    prepacks: true,
    layout: "external-prepacked",
    session: { graphOptimizationLevel: "disabled", config: {} },
  },
];

export interface WrittenForm {
  /** The first is the one that is loaded. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * Writes the models the recipes load into `folder`, each in a folder of its own, under the names they will keep.
 *
 * @param level "all" lays weights out for this very kind of processor; "extended" for any of the architecture.
 * @returns per layout what was written, or why it could not be.
 */
export function writeLayouts(
  binding: Binding,
  model: string,
  stem: string,
  folderOf: (layout: string) => string,
  level: "all" | "extended",
): ReadonlyMap<Layout, WrittenForm | string> {
  const writer = new LayoutWriter(binding, model, stem, level);
  const layouts = [...new Set(RECIPES.map(({ layout }) => layout))];
  const forms = new Map(layouts.map((layout) => [layout, attempt(() => writer.write(layout, folderOf(layout)))]));
  const prepacked = forms.get("external-prepacked");
  if (typeof prepacked === "object" && prepacked.files.length === 1) {
    forms.set("external-prepacked", "no weights are large enough to be stored apart");
  }
  return forms;
}

function attempt(write: () => WrittenForm | string): WrittenForm | string {
  try {
    return write();
  } catch (error) {
    return `it could not be written: ${(error as Error).message.trim()}`;
  }
}

class LayoutWriter {
  private readonly binding: Binding;
  private readonly model: string;
  private readonly stem: string;
  private readonly level: "all" | "extended";

  constructor(binding: Binding, model: string, stem: string, level: "all" | "extended") {
    this.binding = binding;
    this.model = model;
    this.stem = stem;
    this.level = level;
  }

  write(layout: Layout, folder: string): WrittenForm | string {
    if (layout === "ort") return this.writeOrt(this.model, folder);
    if (layout === "pointwise") return this.writePointwise(folder);
    return this.writeExternal(folder, layout === "external-prepacked");
  }

  private writeOrt(from: string, folder: string): WrittenForm {
    const path = join(folder, `${this.stem}.ort`);
    this.convert(from, path, this.level);
    return written([path]);
  }

  private writePointwise(folder: string): WrittenForm | string {
    // Constants folded, batch normalisation and biases merged, and everything in one file.
    const [simple, rewritten] = [join(folder, "simple.onnx"), join(folder, "rewritten.onnx")];
    this.convert(this.model, simple, "basic");
    const pieces = toPointwise(readFileSync(simple));
    if (pieces === undefined) return "it has no dense layers that could be rewritten";
    writePieces(rewritten, pieces);
    return this.writeOrt(rewritten, folder);
  }

  private writeExternal(folder: string, prepacked: boolean): WrittenForm {
    const path = join(folder, `${this.stem}.optimized.onnx`);
    const weights = `${this.stem}.optimized.bin`;
    this.convert(this.model, path, this.level, {
      "session.optimized_model_external_initializers_file_name": weights,
      "session.optimized_model_external_initializers_min_size_in_bytes": "1024",
      ...(prepacked ? { "session.save_external_prepacked_constant_initializers": "1" } : {}),
    });
    const data = join(folder, weights);
    return written(statSync(data, { throwIfNoEntry: false }) === undefined ? [path] : [path, data]);
  }

  /** The runtime writes the graph it would run. */
  private convert(from: string, to: string, level: string, extra: Record<string, string> = {}): void {
    const session = new this.binding.Session();
    const options: NativeSessionOptions & { readonly optimizedModelFilePath: string } = {
      intraOpNumThreads: 1,
      graphOptimizationLevel: level,
      logSeverityLevel: 4,
      optimizedModelFilePath: to,
      extra,
    };
    session.loadModel(from, options);
    session.dispose();
  }
}

function written(files: readonly string[]): WrittenForm {
  return { files, bytes: files.reduce((total, file) => total + statSync(file).size, 0) };
}

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const descriptor = openSync(`${path}.part`, "w");
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done);
    }
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${path}.part`, path);
}
