import type { Plugin } from "esbuild";
import { type InstalledPackage, packageOfFile, requirePackage } from "../project/installed-packages.ts";

const NOT_INSTALLED =
  "onnxruntime-node is not installed beside @tricast/onnx; run: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node";

/**
 * Replaces the module of @tricast/onnx that searches the native addon by a module with its path. A search costs a stat for
 * every folder above the bundle, and an artefact has no node_modules to find it in.
 * @returns `runtime` gives the package of the addon, if the bundle loads one.
 */
export function bindingPlugin(paths: readonly [string, ...string[]]): {
  readonly plugin: Plugin;
  runtime(): InstalledPackage | undefined;
} {
  let runtime: InstalledPackage | undefined;
  const plugin: Plugin = {
    name: "tricast-binding",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]binding-path\.[jt]s$/ }, ({ path }) => {
        const owner = packageOfFile(path);
        if (owner?.name !== "@tricast/onnx") return undefined;
        runtime = requirePackage("onnxruntime-node", owner.folder, NOT_INSTALLED);
        return { contents: bindingModule(paths), loader: "js" };
      });
    },
  };
  return { plugin, runtime: () => runtime };
}

/** `TRICAST_ONNXRUNTIME_BINDING` decides, as it does outside of a bundle. The last path is not tested for existence. */
function bindingModule(paths: readonly [string, ...string[]]): string {
  const literals = paths.map(literal);
  const fallback = literals.pop();
  const choose = literals.map((path) => `existsSync(${path}) ? ${path} : `).join("");
  return `
    ${choose === "" ? "" : 'import { existsSync } from "node:fs";'}
    export const BINDING_VARIABLE = "TRICAST_ONNXRUNTIME_BINDING";
    export function bindingPath() { return process.env.TRICAST_ONNXRUNTIME_BINDING || (${choose}${fallback}); }
    export function requireFromHere() { return require; }
  `;
}

function literal(path: string): string {
  return path.startsWith("/") ? JSON.stringify(path) : `__dirname + ${JSON.stringify(`/${path}`)}`;
}
