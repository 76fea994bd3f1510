import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { isNative } from "../native/is-native.ts";
import { findPackage, type InstalledPackage, packageName, packageOfFile } from "../project/installed-packages.ts";

/** The native parts that a bundle needs beside it. */
export interface Found {
  /** Packages with native code. They stay whole, with their dependencies. */
  readonly packages: readonly InstalledPackage[];
  /** Addons that a source of the project names by path. */
  readonly files: readonly { readonly path: string; readonly from: string }[];
}

/** Marks a resolution of this plugin, so that the plugin does not answer it. */
const OURS = "tricast-native";
/** The folder of the project's own addons, beside the bundle. */
const FOLDER = "native";

/**
 * Keeps native code out of the bundle and records it: a bundler cannot put an addon into JavaScript, and a package finds its
 * addon by its own paths. A dynamic import of a package that is not installed stays an import: the package is optional.
 */
export function nativePlugin(external: readonly string[]): { readonly plugin: Plugin; found(): Found } {
  const packages = new Map<string, InstalledPackage>();
  const files = new Map<string, string>();
  const plugin: Plugin = {
    name: OURS,
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, async (args) => {
        if (args.pluginData === OURS || !/^\.{0,2}\//.test(args.path)) return undefined;
        const from = join(args.resolveDir, args.path);
        const owner = packageOfFile(from);
        if (owner !== undefined && /[\\/]node_modules[\\/]/.test(from)) return undefined;
        const path = addonPath(from);
        files.set(path, from);
        return { path: `./${path}`, external: true };
      });
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        if (args.pluginData === OURS || args.path.startsWith("node:") || external.includes(args.path)) return undefined;
        if (args.kind === "entry-point" || args.namespace !== "file") return undefined;
        return keepOutside(build, args, packages);
      });
    },
  };
  return {
    plugin,
    found: () => ({
      packages: [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      files: [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, from]) => ({ path, from })),
    }),
  };
}

/** Searches packages here, because a call of the bundler's `resolve` costs more than this whole function. */
async function keepOutside(
  build: PluginBuild,
  { path, kind, importer, resolveDir }: OnResolveArgs,
  packages: Map<string, InstalledPackage>,
): Promise<OnResolveResult | undefined> {
  const owner = path.startsWith("#") ? undefined : findPackage(packageName(path), resolveDir);
  if (owner !== undefined && isNative(owner)) {
    packages.set(owner.folder, owner);
    return { path, external: true };
  }
  if (owner !== undefined || kind !== "dynamic-import") return undefined;
  const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: OURS });
  return resolved.errors.length > 0 ? { path, external: true } : resolved;
}

/** The path has a hash of the content, so that two addons of one name have two paths that do not depend on their folders. */
function addonPath(from: string): string {
  const digest = createHash("sha256").update(readFileSync(from)).digest("hex").slice(0, 8);
  return `${FOLDER}/${digest}/${basename(from)}`;
}
