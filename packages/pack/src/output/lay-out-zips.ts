import type { WeighedFile } from "../files/content.ts";
import type { BuiltArtefact } from "./manifest.ts";

export interface PlannedZip {
  readonly name: string;
  readonly kind: BuiltArtefact["kind"];
  readonly files: readonly WeighedFile[];
}

/** Lambda unpacks a layer into /opt, and @tricast/onnx looks for models in /opt/tricast/models. */
const LAYER_FOLDERS = { runtime: "tricast", model: "tricast/models" } as const;

/** One zip with all files, or a layer for the runtime, a layer for the models, and a zip with the rest. */
export function layOutZips(files: readonly WeighedFile[], name: string, layered: boolean): PlannedZip[] {
  if (!layered) return [{ name, kind: "function", files }];
  const layer = (group: "runtime" | "model"): PlannedZip[] => {
    const own = files.filter((file) => file.group === group);
    const moved = own.map((file) => ({ ...file, path: `${LAYER_FOLDERS[group]}/${file.path}` }));
    return own.length === 0 ? [] : [{ name: `${group}-layer.zip`, kind: `${group}-layer`, files: moved }];
  };
  const rest = files.filter(({ group }) => group !== "runtime" && group !== "model");
  return [{ name, kind: "function", files: rest }, ...layer("runtime"), ...layer("model")];
}
