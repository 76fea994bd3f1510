import { globSync } from "node:fs";
import { posix, relative, resolve, sep } from "node:path";
import { nearest } from "../../packages/core/src/options.ts";
import { COMMAND_OF, type Tier, tierOf } from "./tiers.ts";

const TEST_FILE = /^(packages\/[^/]+\/test|handlers|scripts|test)\/.*\.test\.ts$/;

export interface Selection {
  /** From the root of the repository, with forward slashes. */
  readonly files: readonly string[];
  /** Arguments that do not match a file, as sentences. */
  readonly faults: readonly string[];
}

/**
 * The test files that arguments name: files, folders with test files below, patterns with `*`. Without arguments: all of
 * `tiers`. A folder or a pattern finds files of `tiers`; a file that is named runs whatever its tier.
 * `files` are those of the repository at `root`.
 */
export function selectTests(
  args: readonly string[],
  files: readonly string[],
  root: string,
  tiers: readonly Tier[],
): Selection {
  const tests = files.filter((file) => TEST_FILE.test(file));
  const matches = (args.length > 0 ? args : ["."]).map((arg) => select(arg, tests, files, root, tiers));
  return {
    files: [...new Set(matches.flatMap(({ files }) => files))],
    faults: matches.flatMap(({ faults }) => faults),
  };
}

function select(
  arg: string,
  tests: readonly string[],
  files: readonly string[],
  root: string,
  tiers: readonly Tier[],
): Selection {
  const path = fromRoot(arg, root);
  if (files.includes(path)) return { files: [path], faults: [] };
  const matching = below(path, arg, tests, root);
  const found = matching.filter((file) => tiers.includes(tierOf(file)));
  if (found.length > 0) return { files: found, faults: [] };
  return { files: [], faults: [matching.length > 0 ? otherTiers(arg, matching) : unknown(arg, tests, root)] };
}

function below(path: string, arg: string, tests: readonly string[], root: string): readonly string[] {
  const inFolder = tests.filter((file) => path === "" || file.startsWith(`${path}/`));
  if (inFolder.length > 0) return inFolder;
  const named = new Set(globSync(arg, { cwd: root }).map((found) => fromRoot(found, root)));
  return tests.filter((file) => named.has(file) || [...named].some((folder) => file.startsWith(`${folder}/`)));
}

function fromRoot(path: string, root: string): string {
  return relative(root, resolve(root, path)).split(sep).join("/");
}

function otherTiers(arg: string, matching: readonly string[]): string {
  const commands = new Set(matching.map((file) => COMMAND_OF[tierOf(file)]));
  return `No test file of this command matches "${arg}". Run them with ${[...commands].join(" or ")}`;
}

function unknown(arg: string, tests: readonly string[], root: string): string {
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
