import { createRequire } from "node:module";
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
  return requireFromHere().resolve(
    `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
  );
}

/** `require` as this file sees it, as an ES module and inside a CommonJS bundle alike; it also looks into NODE_PATH. */
export function requireFromHere(): NodeJS.Require {
  return createRequire(callerFile(requireFromHere) ?? `${process.cwd()}/`);
}
