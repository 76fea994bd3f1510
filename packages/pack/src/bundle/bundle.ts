import { dirname, join, relative } from "node:path";
import { type BuildFailure, type BuildOptions, build, type Message, type Metafile } from "esbuild";
import { bundleFailed } from "../errors.ts";
import { type InstalledPackage, packageOfFile } from "../project/installed-packages.ts";
import { SOURCE_CONDITIONS } from "../project/source-conditions.ts";
import { type BindingUse, bindingPlugin } from "./binding-plugin.ts";
import type { Format } from "./format.ts";
import { importMetaUrl } from "./import-meta-plugin.ts";
import { EXECUTION, leftOutPlugin, REMOTE, ZERO_CODE } from "./left-out-plugin.ts";
import { bundledPackages, inputFiles } from "./metafile.ts";
import { type Found, nativePlugin } from "./native-plugin.ts";
import { optionalPeerPlugin } from "./optional-peer-plugin.ts";
import type { StoreKind } from "./store-kinds.ts";
import { storePlugin } from "./store-plugin.ts";

export interface BundleRequest {
  /** Absolute. */
  readonly entry: string;
  /** Text of an entry that has no file; `entry` is where it would lie. */
  readonly source?: string | undefined;
  /** Sources are named relative to it, so that the bundle does not depend on where it lies. */
  readonly root: string;
  readonly format: Format;
  /** Specifiers that the platform resolves. */
  readonly external: readonly string[];
  /** Where the runtime's addon lies, first choice first: absolute, or relative to the bundle. */
  readonly binding: readonly [string, ...string[]];
  /** The kinds of stores that models are read from. */
  readonly stores: readonly StoreKind[];
  /** Whether an instance is given one request at a time. */
  readonly oneAtATime: boolean;
  /** Whether the predictor has code of its own, or its model serves itself. */
  readonly hasCode: boolean;
}

export interface Bundle {
  readonly code: Uint8Array;
  readonly map: Uint8Array;
  /** License comments of the sources, or empty. */
  readonly legal: string;
  readonly metafile: Metafile;
  /** Packages whose code is in the bundle, without the project's own, by name. */
  readonly packages: readonly InstalledPackage[];
  /** What the bundle loads the runtime's addon from; absent where it does not use one. */
  readonly binding: BindingUse | undefined;
  /** Native parts that stay outside of the bundle. */
  readonly native: Found;
  /** Optional packages that no model of the predictor needs. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Bundles a handler into one minified file.
 * @throws {TricastError} `bundle-failed` with the bundler's messages; `wrong-architecture` for a native file that a
 * source names by path.
 */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const first = await bundleOnce(request, false);
  const needsRequire = request.format === "esm" && usesRequire(first);
  return needsRequire ? bundleOnce(request, true) : first;
}

/** An ES module has no `require` of its own; one is made only where something in the bundle calls it. */
const REQUIRE_BANNER =
  'import{createRequire as __tricastCreateRequire}from"node:module";' +
  "const require=__tricastCreateRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;";

function usesRequire({ metafile, binding, native }: Bundle): boolean {
  const isCommonJs = Object.values(metafile.inputs).some(({ format }) => format === "cjs");
  return isCommonJs || binding !== undefined || native.files.length > 0;
}

async function bundleOnce(request: BundleRequest, withRequire: boolean): Promise<Bundle> {
  const { root, format, external } = request;
  const binding = bindingPlugin(request.binding);
  const native = nativePlugin(external);
  const store = storePlugin(request.stores);
  const leftOut = leftOutPlugin([
    // An instance whose environment names an address all the same answers with an error.
    ...(request.stores.length === 0 ? [REMOTE] : []),
    ...(request.oneAtATime ? [EXECUTION] : []),
    ...(request.hasCode ? [ZERO_CODE] : []),
  ]);
  const result = await run({
    ...entryOptions(request),
    absWorkingDir: root,
    // Never written: the name only decides how the source map names the sources.
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
      store.plugin,
      leftOut,
      optionalPeerPlugin(root),
      native.plugin,
      ...(format === "cjs" ? [importMetaUrl.plugin] : []),
    ],
    ...(format === "cjs" ? importMetaUrl.options : {}),
    ...(withRequire ? { banner: { js: REQUIRE_BANNER } } : {}),
  });
  const output = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.contents;
  const metafile = result.metafile;
  const use = binding.use();
  refuseUnreplacedBinding(Object.keys(metafile.inputs), root, use);
  return {
    code: output(format === "esm" ? ".mjs" : ".js") ?? new Uint8Array(),
    map: output(".map") ?? new Uint8Array(),
    legal: Buffer.from(output("LEGAL.txt") ?? []).toString("utf8"),
    metafile,
    packages: bundledPackages(metafile, root),
    binding: use,
    native: native.found(),
    leftOut: store.leftOut(),
    warnings: result.warnings.map(formatMessage),
  };
}

function entryOptions({ entry, source, root }: BundleRequest): Pick<BuildOptions, "entryPoints" | "stdin"> {
  if (source === undefined) return { entryPoints: [entry] };
  return { stdin: { contents: source, resolveDir: dirname(entry), sourcefile: relative(root, entry), loader: "ts" } };
}

/** The build replaces one module of @tricast/onnx, by its name: another version may call it otherwise. */
function refuseUnreplacedBinding(inputs: readonly string[], root: string, use: BindingUse | undefined): void {
  if (use !== undefined) return;
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
    // A plugin that throws one of our errors has said it better.
    const ours = errors.find(({ detail }) => (detail as { code?: unknown } | undefined)?.code !== undefined);
    if (ours !== undefined) throw ours.detail;
    const text = errors.length === 0 ? (cause as Error).message : errors.map(formatMessage).join("\n");
    throw bundleFailed(`${String(options.absWorkingDir)}: ${text}`, cause);
  }
}

function formatMessage({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column}: ${text}`;
}
