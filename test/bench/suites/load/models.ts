import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type GraphSpec, onnxPieces } from "../../../../packages/onnx/test/support/onnx-writer.ts";
import { cnn } from "./cnn.ts";
import { mlp } from "./mlp.ts";

export type ModelName = "iris" | "cnn" | "mlp";

export interface BenchModel {
  readonly name: ModelName;
  readonly title: string;
  readonly input: string;
  /** Of one row; the first axis of the input is the batch. */
  readonly rowShape: readonly number[];
}

export const MODELS: readonly BenchModel[] = [
  { name: "iris", title: "iris, a forest", input: "features", rowShape: [4] },
  { name: "cnn", title: "residual CNN", input: "x", rowShape: [3, 64, 64] },
  { name: "mlp", title: "MLP", input: "x", rowShape: [256] },
];

const ROOT = new URL("../../../../", import.meta.url);
const GRAPHS: Readonly<Record<string, () => GraphSpec>> = { cnn, mlp };

/** The path of a model's file in a folder of its own, written first where it is not there. */
export function modelFile(name: ModelName): string {
  const folder = new URL(`.cache/bench/load/${name}/`, ROOT);
  const path = fileURLToPath(new URL(`${name}.onnx`, folder));
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const graph = GRAPHS[name];
  if (graph === undefined) copyFileSync(new URL(`handlers/${name}/${name}.onnx`, ROOT), `${path}.part`);
  else writeGraph(graph(), `${path}.part`);
  renameSync(`${path}.part`, path);
  return path;
}

function writeGraph(graph: GraphSpec, path: string): void {
  const descriptor = openSync(path, "w");
  try {
    for (const piece of onnxPieces(graph)) writeAll(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, piece: Uint8Array): void {
  for (let written = 0; written < piece.length; ) written += writeSync(descriptor, piece, written);
}
