import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type GraphSpec, onnxPieces } from "../../../packages/onnx/test/support/onnx-writer.ts";

/** The path of a model below `.cache/bench`, written from its graph, or copied, where it is not there. */
export function cachedModel(name: string, origin: (() => GraphSpec) | URL): string {
  const path = fileURLToPath(new URL(`../../../.cache/bench/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  if (origin instanceof URL) copyFileSync(origin, `${path}.part`);
  else writeGraph(origin(), `${path}.part`);
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
