import { dirname, join, relative } from "node:path";
import { type BuildFailure, type BuildOptions, build, type Message, type Metafile } from "esbuild";
import { bundleFailed } from "../errors.ts";
import { type InstalledPackage, packageOfFile } from "../project/installed-packages.ts";
import { SOURCE_CONDITIONS } from "../project/source-conditions.ts";
import { bindingPlugin } from "./binding-plugin.ts";
import type { Format } from "./format.ts";
import { importMetaUrl } from "./import-meta-plugin.ts";
import { leftOutPlugin, type OptionalModule } from "./left-out-plugin.ts";
import { bundledPackages, inputFiles } from "./metafile.ts";
import { type Found, type NativeNames, nativePlugin } from "./native-plugin.ts";
import { optionalPeerPlugin } from "./optional-peer-plugin.ts";
import type { StoreKind } from "./store-kinds.ts";
import { storePlugin } from "./store-plugin.ts";

export interface BundleRequest {
  /** Absolute. */
  readonly entry: string;
  /** Text of an entry without a file; `entry` is then the path that it would have. */
  readonly source?: string | undefined;
  /** Folder that the names of sources are relative to, so that the bundle does not depend on the folder. */
  readonly root: string;
  readonly format: Format;
  /** Specifiers that the platform resolves. */
  readonly external: readonly string[];
  /** Paths of the runtime's addon, first choice first: absolute, or relative to the bundle. */
  readonly binding: readonly [string, ...string[]];
  /** The kinds of stores that models are read from. */
  readonly stores: readonly StoreKind[];
  /** Whether an instance serves one request at a time. */
  readonly oneAtATime: boolean;
  /** Whether the predictor has code. Else its graph is the interface. */
  readonly hasCode: boolean;
  /** The folder that the bundle runs in, if it runs among the installed packages and not in an artefact. */
  readonly runsIn?: string | undefined;
}

export interface Bundle {
  readonly code: Uint8Array;
  readonly map: Uint8Array;
  /** License comments of the sources; may be empty. */
  readonly legal: string;
  readonly metafile: Metafile;
  /** Packages with code in the bundle, without the project's own, sorted by name. */
  readonly packages: readonly InstalledPackage[];
  /** The package of the native runtime that the bundle loads. */
  readonly runtime: InstalledPackage | undefined;
  /** Native parts that stay outside of the bundle. */
  readonly native: Found;
  readonly warnings: readonly string[];
}

/**
 * Bundles a handler into one minified file.
 * @throws {TricastError} `bundle-failed` with the bundler's messages; `wrong-architecture` for a native file that a
 * source names by path.
 */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const first = await bundleOnce(request, { withRequire: false, shadowed: [] });
  const withRequire = request.format === "esm" && usesRequire(first);
  const shadowed = first.native.packages.filter(({ parent }) => parent !== "");
  return withRequire || shadowed.length > 0 ? bundleOnce(request, { withRequire, shadowed }) : first;
}

/** What is known after a first bundle. */
interface Known extends Pick<NativeNames, "shadowed"> {
  /** Whether an ES module needs `require`. */
  readonly withRequire: boolean;
}

/** An ES module does not have `require`. The banner makes one for a bundle that calls it. */
const REQUIRE_BANNER =
  'import{createRequire as __tricastCreateRequire}from"node:module";' +
  "const require=__tricastCreateRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;";

function usesRequire({ metafile, runtime, native }: Bundle): boolean {
  const isCommonJs = Object.values(metafile.inputs).some(({ format }) => format === "cjs");
  return isCommonJs || runtime !== undefined || native.files.length > 0;
}

async function bundleOnce(request: BundleRequest, { withRequire, shadowed }: Known): Promise<Bundle> {
  const { root, format, external, runsIn } = request;
  const binding = bindingPlugin(request.binding);
  const native = nativePlugin({ external, root, runsIn, shadowed });
  const optional: Readonly<Record<OptionalModule, boolean>> = {
    // Without it, an instance whose environment has an address answers with an error.
    remote: request.stores.length > 0,
    "execution/execute": !request.oneAtATime,
    "zero-code/zero-code": !request.hasCode,
    "rewrite/served-options": !request.hasCode,
  };
  const leftOut = (Object.keys(optional) as OptionalModule[]).filter((module) => !optional[module]);
  const result = await run({
    ...entryOptions(request),
    absWorkingDir: root,
    // Not written: the source map names the sources relative to it.
    outfile: join(root, format === "esm" ? "index.mjs" : "index.js"),
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    platform: "node",
    format,
    target: "node22",
    conditions: [...SOURCE_CONDITIONS, "module"],
    external: [...external],
    sourcemap: "external",
    legalComments: "external",
    logLevel: "silent",
    plugins: [
      binding.plugin,
      storePlugin(request.stores),
      leftOutPlugin(leftOut),
      optionalPeerPlugin(root),
      native.plugin,
      ...(format === "cjs" ? [importMetaUrl.plugin] : []),
    ],
    ...(format === "cjs" ? importMetaUrl.options : {}),
    ...(withRequire ? { banner: { js: REQUIRE_BANNER } } : {}),
  });
  const output = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.contents;
  const metafile = result.metafile;
  const runtime = binding.runtime();
  if (runtime === undefined) refuseUnreplacedBinding(Object.keys(metafile.inputs), root);
  return {
    code: output(format === "esm" ? ".mjs" : ".js") ?? new Uint8Array(),
    map: output(".map") ?? new Uint8Array(),
    legal: Buffer.from(output("LEGAL.txt") ?? []).toString("utf8"),
    metafile,
    packages: bundledPackages(metafile, root),
    runtime,
    native: native.found(),
    warnings: result.warnings.map(formatMessage),
  };
}

function entryOptions({ entry, source, root }: BundleRequest): Pick<BuildOptions, "entryPoints" | "stdin"> {
  if (source === undefined) return { entryPoints: [entry] };
  return { stdin: { contents: source, resolveDir: dirname(entry), sourcefile: relative(root, entry), loader: "ts" } };
}

/** The build replaces a module of @tricast/onnx by its file name. Another version of @tricast/onnx may have other names. */
function refuseUnreplacedBinding(inputs: readonly string[], root: string): void {
  const loader = inputFiles(inputs, root).find(
    (file) => /[\\/]binding\.[jt]s$/.test(file) && packageOfFile(file)?.name === "@tricast/onnx",
  );
  if (loader === undefined) return;
  throw bundleFailed(
    `${relative(root, loader)} loads the native addon in a way that this version of @tricast/pack does not know; install the same version of both packages`,
  );
}

type RunOptions = BuildOptions & { readonly write: false; readonly metafile: true };

async function run(options: RunOptions) {
  try {
    return await build(options);
  } catch (cause) {
    const { errors = [] } = cause as Partial<BuildFailure>;
    // An error of our own from a plugin has the better message.
    const ours = errors.find(({ detail }) => (detail as { code?: unknown } | undefined)?.code !== undefined);
    if (ours !== undefined) throw ours.detail;
    const text = errors.length === 0 ? (cause as Error).message : errors.map(formatMessage).join("\n");
    throw bundleFailed(`${String(options.absWorkingDir)}: ${text}`, cause);
  }
}

function formatMessage({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column}: ${text}`;
}
