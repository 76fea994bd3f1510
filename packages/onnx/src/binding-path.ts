import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { callerFile } from "./call-site.ts";

/** Names the native addon to load instead of the one of the installed onnxruntime-node package. */
export const BINDING_VARIABLE = "TRICAST_ONNXRUNTIME_BINDING";

/**
 * The absolute path of onnxruntime-node's native addon for this machine.
 * A build replaces this function by one literal path, so nothing else may know how the addon is found.
 */
export function bindingPath(): string {
  const named = process.env[BINDING_VARIABLE];
  if (named) return named;
  const addon = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
  return inModulesAbove(ownFile(), addon) ?? requireFromHere().resolve(addon);
}

/** `require` as this file sees it, as an ES module and inside a CommonJS bundle alike; it also looks into NODE_PATH. */
export function requireFromHere(): NodeJS.Require {
  return createRequire(ownFile());
}

function ownFile(): string {
  return callerFile(ownFile) ?? join(process.cwd(), "index.js");
}

/** The node_modules folders that `require.resolve` would search first; it takes 2 ms longer to say the same. */
function inModulesAbove(file: string, addon: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", addon);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}
