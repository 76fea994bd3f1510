import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readRecord, recordPath } from "./record.ts";

/** The file that an instance opens for a path, or why it opens none. */
export type Located = { readonly file: string } | { readonly problem: string };

/**
 * Finds the model file for a path by the rule of @tricast/onnx (its locate.ts): the file itself; in a folder the only
 * model, or model.onnx; the optimised form where the original does not exist.
 */
export function locateModel(path: string): Located {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return formInPlaceOf(path) ?? { problem: "does not exist" };
  if (!stats.isDirectory()) return { file: path };
  const models = modelNames(readdirSync(path));
  const chosen = models.length === 1 ? models[0] : models.find((name) => name === "model.onnx");
  if (chosen !== undefined) return locateModel(join(path, chosen));
  const found = models.length === 0 ? "no .onnx or .ort file" : models.sort().join(", ");
  return { problem: `is a folder with ${found}; name one file, or call it model.onnx` };
}

function formInPlaceOf(path: string): Located | undefined {
  const record = path.endsWith(".onnx") ? readRecord(path) : undefined;
  return record?.original.file === basename(path)
    ? locateModel(join(dirname(path), record.variant.files[0] as string))
    : undefined;
}

/** The models of a folder, without optimised forms that are next to their original. */
function modelNames(names: readonly string[]): string[] {
  return names.filter((name) => {
    if (!/\.(onnx|ort)$/.test(name)) return false;
    const record = recordPath(name);
    const original = record.replace(/\.tricast\.json$/, ".onnx");
    return name === original || !names.includes(record) || !names.includes(original);
  });
}
