import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { callerFile } from "./call-site.ts";

/** Sets the native addon to load instead of that of the installed onnxruntime-node package. */
export const BINDING_VARIABLE = "TRICAST_ONNXRUNTIME_BINDING";

/**
 * The absolute path of onnxruntime-node's native addon for this machine.
 * A build replaces this function by one literal path, so no other code may search for the addon.
 */
export function bindingPath(): string {
  const named = process.env[BINDING_VARIABLE];
  if (named) return named;
  const addon = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
  return inModulesAbove(ownFile(), addon) ?? requireFromHere().resolve(addon);
}

/** The `require` of this file, both as an ES module and inside a CommonJS bundle. It also searches NODE_PATH. */
export function requireFromHere(): NodeJS.Require {
  return createRequire(ownFile());
}

function ownFile(): string {
  return callerFile(ownFile) ?? join(process.cwd(), "index.js");
}

/** Searches the node_modules folders that `require.resolve` would search first, which takes 2 ms longer. */
function inModulesAbove(file: string, addon: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", addon);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}
