import type { FileGroup } from "../../../src/files/artefact-file.ts";

/** Four small groups of one architecture. */
export function exampleGroups(arch: "x64" | "arm64" = "x64", handler = "exports.handler = 1"): FileGroup[] {
  return [
    group("handler", { "index.cjs": handler, "bin/start": ["#!/bin/sh\n"] }),
    group("runtime", { "node_modules/onnxruntime-node/lib.node": `native code for ${arch}` }),
    group("dependencies", { "node_modules/valibot/index.cjs": "exports.object = 1" }),
    group("model", { "models/iris.ort": "weights", "models/größe.json": "{}" }),
  ];
}

/** A content in brackets is executable. */
export function group(name: FileGroup["name"], files: Readonly<Record<string, string | readonly [string]>>): FileGroup {
  return {
    name,
    files: Object.entries(files).map(([path, content]) => ({
      path,
      content: { bytes: Buffer.from(typeof content === "string" ? content : content[0]) },
      executable: typeof content !== "string",
      origin: "test",
    })),
  };
}
