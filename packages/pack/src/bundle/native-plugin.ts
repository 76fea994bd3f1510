import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { slashed } from "../files/artefact-file.ts";
import { isNative } from "../native/is-native.ts";
import {
  assignPlaces,
  folderOf,
  type ImportedPackage,
  NATIVE_FOLDER,
  type RootPackage,
} from "../native/root-packages.ts";
import { findPackage, type InstalledPackage, packageName, packageOfFile } from "../project/installed-packages.ts";
import { resolveAsNode } from "./resolve-as-node.ts";

/** The native parts that a bundle needs beside it. */
export interface Found {
  /** Packages with native code that the bundle imports. They stay whole, with their dependencies. */
  readonly packages: readonly RootPackage[];
  /** Addons that a source of the project names by path. */
  readonly files: readonly { readonly path: string; readonly from: string }[];
}

/** How a bundle names native packages. */
export interface NativeNames {
  /** Specifiers that the platform resolves. */
  readonly external: readonly string[];
  /** Folder of the project. */
  readonly root: string;
  /**
   * The folder that the bundle runs in, if it runs among the installed packages. A name finds a package from there, or the
   * bundle has the package's path.
   */
  readonly runsIn?: string | undefined;
  /** Packages whose name finds another package from the bundle. The bundle has their path in the artefact. */
  readonly shadowed: readonly RootPackage[];
}

/** Marks a resolution of this plugin, so that the plugin does not answer it. */
const OURS = "tricast-native";

/**
 * Keeps native code out of the bundle and records it: a bundler cannot put an addon into JavaScript, and a package finds its
 * addon by its own paths. A dynamic import of a package that is not installed stays an import: the package is optional.
 */
export function nativePlugin(names: NativeNames): { readonly plugin: Plugin; found(): Found } {
  const { external, root } = names;
  const imported = new Map<string, ImportedPackage>();
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
        return keepOutside(build, args, names, imported);
      });
    },
  };
  return {
    plugin,
    found: () => ({
      packages: assignPlaces([...imported.values()], root),
      files: [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, from]) => ({ path, from })),
    }),
  };
}

/** Searches packages here, because a call of the bundler's `resolve` costs more than this whole function. */
async function keepOutside(
  build: PluginBuild,
  args: OnResolveArgs,
  names: NativeNames,
  imported: Map<string, ImportedPackage>,
): Promise<OnResolveResult | undefined> {
  const { path, kind, importer, resolveDir } = args;
  const name = packageName(path);
  const owner = path.startsWith("#") ? undefined : findPackage(name, resolveDir);
  if (owner !== undefined && isNative(owner)) {
    imported.set(`${name} ${owner.folder}`, { name, package: owner });
    return { path: await specifierOf(args, owner, names, build.initialOptions.format), external: true };
  }
  if (owner !== undefined || kind !== "dynamic-import") return undefined;
  const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: OURS });
  return resolved.errors.length > 0 ? { path, external: true } : resolved;
}

/** The name, if it finds the importer's package from the bundle too. Else the path of the file that the importer loads. */
async function specifierOf(
  { path, kind, resolveDir }: OnResolveArgs,
  { folder }: InstalledPackage,
  { runsIn, shadowed }: NativeNames,
  format: string | undefined,
): Promise<string> {
  const name = packageName(path);
  const base = runsIn === undefined ? artefactFolder(shadowed, name, folder) : diskFolder(runsIn, name, folder);
  if (base === undefined) return path;
  // A CommonJS bundle turns import statements into calls of `require`.
  const isImport = kind === "dynamic-import" || (kind === "import-statement" && format === "esm");
  const file = await resolveAsNode(path, resolveDir, isImport ? "import" : "require");
  const inside = file === undefined ? ".." : slashed(relative(folder, file));
  if (inside.startsWith("../") || inside === "..") return path;
  const target = `${base}/${inside}`;
  if (!isImport) return target;
  return runsIn === undefined ? encodeURI(target).replace(/[?#]/g, encodeURIComponent) : pathToFileURL(target).href;
}

function artefactFolder(shadowed: readonly RootPackage[], name: string, folder: string): string | undefined {
  const found = shadowed.find((one) => one.name === name && one.package.folder === folder);
  return found === undefined ? undefined : `./${folderOf(found)}`;
}

function diskFolder(runsIn: string, name: string, folder: string): string | undefined {
  return findPackage(name, runsIn)?.folder === folder ? undefined : folder;
}

/** The path has a hash of the content, so that two addons of one name have two paths that do not depend on their folders. */
function addonPath(from: string): string {
  const digest = createHash("sha256").update(readFileSync(from)).digest("hex").slice(0, 8);
  return `${NATIVE_FOLDER}/${digest}/${basename(from)}`;
}
