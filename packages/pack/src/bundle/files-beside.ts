import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, posix, relative } from "node:path";
import { type Loader, transform } from "esbuild";
import { slashed } from "../files/artefact-file.ts";
import { packageOfFile } from "../project/installed-packages.ts";
import type { Bundle } from "./bundle.ts";
import { inputFiles } from "./metafile.ts";

/** A file or folder that a source of the project names relative to itself. */
export interface FileBeside {
  /** The source, relative to the project. */
  readonly source: string;
  /** The path as the source names it, relative to the source and, in an artefact, to the bundle. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly from: string;
  readonly isFolder: boolean;
}

/**
 * Files and folders that the project's own sources name relative to themselves, and that exist: `new URL("./labels.json",
 * import.meta.url)`, `join(import.meta.dirname, "labels.json")`. A bundle does not contain them.
 */
export async function filesBeside({ metafile }: Pick<Bundle, "metafile">, root: string): Promise<FileBeside[]> {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0),
  );
  const own = inputFiles(used, root).filter((file) => packageOfFile(file)?.folder === root && existsSync(file));
  const found = await Promise.all(own.map((file) => filesOf(file, root)));
  return found.flat();
}

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

async function filesOf(file: string, root: string): Promise<FileBeside[]> {
  const text = readFileSync(file, "utf8");
  if (!/import\.meta|__dirname|__filename/.test(text)) return [];
  // Without comments and types, and with strings and spaces in one form.
  const options = { loader: LOADERS[extname(file)] ?? "js", minifyWhitespace: true, tsconfigRaw: "{}" } as const;
  const { code } = await transform(text, options);
  return pathsBeside(code).flatMap((path) => {
    const from = join(dirname(file), path);
    const stats = statSync(from, { throwIfNoEntry: false });
    const source = slashed(relative(root, file));
    return stats === undefined ? [] : [{ source, path, from, isFolder: stats.isDirectory() }];
  });
}

const FOLDER = "__dirname";
/** Expressions for the folder of a source. */
const FOLDER_EXPRESSIONS =
  /import\.meta\.dirname|(?:\w+\.)?dirname\((?:(?:\w+\.)?fileURLToPath\(import\.meta\.url\)|import\.meta\.filename|__filename)\)|(?:\w+\.)?fileURLToPath\(new URL\(["'`]\.\/?["'`],import\.meta\.url\)\)/g;
const TEXT = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60[^\x60$\\]*\x60`;
const PARTS = new RegExp(TEXT, "g");
/** Calls and sums of a source's folder or address and literal paths. */
const BY_URL = new RegExp(String.raw`new URL\((${TEXT}),import\.meta\.url\)`, "g");
const BY_JOIN = new RegExp(String.raw`\b(?:join|resolve)\(${FOLDER}((?:,(?:${TEXT}))+)\)`, "g");
const BY_SUM = new RegExp(String.raw`\b${FOLDER}\+(${TEXT})(?!\+)`, "g");
const BY_TEMPLATE = /`\$\{__dirname\}\/([^`$\\]+)`/g;

/** The paths in minified code, normalised, each once. `.` is left out. */
export function pathsBeside(code: string): string[] {
  const direct = code.replace(FOLDER_EXPRESSIONS, FOLDER);
  const aliases = [...direct.matchAll(/(?:const |let |var |,)([\w$]+)=__dirname(?=[;,\n]|$)/g)].map(([, name]) => name);
  const plain = aliases.reduce<string>(
    (text, name = "") =>
      text.replace(new RegExp(String.raw`(?<![\w$.])${name.replaceAll("$", "\\$")}(?![\w$])`, "g"), FOLDER),
    direct,
  );
  const paths = [
    ...[...plain.matchAll(BY_URL)].map(([, text = ""]) => fromUrl(textOf(text))),
    ...[...plain.matchAll(BY_JOIN)].map(([, all = ""]) => (all.match(PARTS) ?? []).map(textOf).join("/")),
    ...[...plain.matchAll(BY_SUM)].map(([, text = ""]) => textOf(text).replace(/^\//, "")),
    ...[...plain.matchAll(BY_TEMPLATE)].map(([, text = ""]) => text),
  ];
  const normal = paths.filter((path) => path !== "" && !path.startsWith("/")).map((path) => posix.normalize(path));
  return [...new Set(normal.map((path) => path.replace(/\/$/, "")))].filter((path) => path !== ".").sort();
}

/** The text of a literal. */
function textOf(literal: string): string {
  return literal.slice(1, -1).replace(/\\(["'\\])/g, "$1");
}

/** Empty for an address. */
function fromUrl(text: string): string {
  if (/^[a-z][a-z+.-]*:/i.test(text)) return "";
  const path = text.replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
