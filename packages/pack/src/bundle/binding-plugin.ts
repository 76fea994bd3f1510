import type { Plugin } from "esbuild";
import { missingDependency } from "../errors.ts";
import { findPackage, type InstalledPackage, packageOfFile } from "../project/installed-packages.ts";

/** The native runtime that a bundle loads. */
export interface BindingUse {
  readonly package: InstalledPackage;
}

/**
 * Replaces the module of @tricast/onnx that looks for the native addon by one that knows where it is. Looking costs
 * a stat for every folder above the bundle, and would find nothing in an artefact, which has no node_modules.
 */
export function bindingPlugin(paths: readonly [string, ...string[]]): {
  readonly plugin: Plugin;
  use(): BindingUse | undefined;
} {
  let use: BindingUse | undefined;
  const plugin: Plugin = {
    name: "tricast-binding",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]binding-path\.[jt]s$/ }, ({ path }) => {
        const owner = packageOfFile(path);
        if (owner?.name !== "@tricast/onnx") return undefined;
        use = { package: findRuntime(owner) };
        return { contents: bindingModule(paths), loader: "js" };
      });
    },
  };
  return { plugin, use: () => use };
}

function findRuntime(onnx: InstalledPackage): InstalledPackage {
  const found = findPackage("onnxruntime-node", onnx.folder);
  if (found !== undefined) return found;
  throw missingDependency(
    "onnxruntime-node is not installed beside @tricast/onnx; run: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node",
  );
}

/** `TRICAST_ONNXRUNTIME_BINDING` still decides, as it does outside of a bundle. */
function bindingModule([first, ...others]: readonly [string, ...string[]]): string {
  const last = others.length === 0 ? [] : [first, ...others.slice(0, -1)];
  const fallback = literal(others.at(-1) ?? first);
  const choose = last.map((path) => `existsSync(${literal(path)}) ? ${literal(path)} : `).join("");
  return `
    ${last.length === 0 ? "" : 'import { existsSync } from "node:fs";'}
    export const BINDING_VARIABLE = "TRICAST_ONNXRUNTIME_BINDING";
    export function bindingPath() { return process.env.TRICAST_ONNXRUNTIME_BINDING || (${choose}${fallback}); }
    export function requireFromHere() { return require; }
  `;
}

function literal(path: string): string {
  return path.startsWith("/") ? JSON.stringify(path) : `__dirname + ${JSON.stringify(`/${path}`)}`;
}
