import { globSync } from "node:fs";
import { posix, relative, resolve, sep } from "node:path";
import { nearest } from "../../packages/core/src/options.ts";

const TEST_FILE = /^(packages\/[^/]+\/test|handlers|scripts|test)\/.*\.test\.ts$/;

export interface Selection {
  /** From the root of the repository, with forward slashes. */
  readonly files: readonly string[];
  /** Arguments that do not match a file, as sentences. */
  readonly faults: readonly string[];
}

/**
 * The test files that arguments name: files, folders, patterns with `*`. Without arguments: all test files.
 * `files` are the files of the repository at `root`.
 */
export function selectTests(args: readonly string[], files: readonly string[], root: string): Selection {
  const tests = files.filter((file) => TEST_FILE.test(file));
  if (args.length === 0) return { files: tests, faults: [] };
  const matches = args.map((arg) => ({ arg, found: matching(arg, tests, files, root) }));
  return {
    files: [...new Set(matches.flatMap(({ found }) => found))],
    faults: matches.filter(({ found }) => found.length === 0).map(({ arg }) => faultOf(arg, tests, root)),
  };
}

function matching(arg: string, tests: readonly string[], files: readonly string[], root: string): readonly string[] {
  const path = fromRoot(arg, root);
  if (files.includes(path)) return [path];
  const below = tests.filter((file) => path === "" || file.startsWith(`${path}/`));
  if (below.length > 0) return below;
  const named = new Set(globSync(arg, { cwd: root }).map((found) => fromRoot(found, root)));
  return tests.filter((file) => named.has(file) || [...named].some((folder) => file.startsWith(`${folder}/`)));
}

function fromRoot(path: string, root: string): string {
  return relative(root, resolve(root, path)).split(sep).join("/");
}

function faultOf(arg: string, tests: readonly string[], root: string): string {
  const folders = [...new Set(tests.flatMap(foldersAbove))];
  const path = fromRoot(arg, root);
  const near = nearest(path, [...folders, ...tests]) ?? foldersAbove(path).find((folder) => folders.includes(folder));
  return `No test file matches "${arg}". The nearest folder or file with tests: ${near ?? "the root; run npm test without arguments"}`;
}

/** The deepest folder first. */
function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === "." || folder === "/" || folder.startsWith("..") ? [] : [folder, ...foldersAbove(folder)];
}
