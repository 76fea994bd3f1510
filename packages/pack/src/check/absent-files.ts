import { existsSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import type { FileBeside } from "../bundle/files-beside.ts";
import { bundleFailed } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { slashed } from "../files/artefact-file.ts";

/** A file that sources name relative to themselves, and that the artefact does not have where the bundle looks for it. */
export interface AbsentFile extends FileBeside {
  /** Whether `include` puts it where the bundle looks for it. */
  readonly isIncludable: boolean;
}

/** @param folder of the predictor. */
export function absentFiles(
  beside: readonly FileBeside[],
  files: readonly ArtefactFile[],
  folder: string,
): AbsentFile[] {
  const isThere = (path: string) => files.some((file) => file.path === path || file.path.startsWith(`${path}/`));
  return beside
    .filter(({ path }) => !isThere(path))
    .map((one) => ({
      ...one,
      isIncludable: !one.path.startsWith("../") && slashed(relative(folder, one.from)) === one.path,
    }));
}

/** For files that `include` cannot put where the bundle looks. Folders above the source are often only a base of paths. */
export function absenceWarnings(absent: readonly AbsentFile[], folder: string): string[] {
  return absent
    .filter(({ isIncludable, isFolder, path }) => !isIncludable && !(isFolder && path.startsWith("..")))
    .map((one) => `${one.source} reads ${one.path}, which is not in the artefact. ${moveFix(one.path, folder)}`);
}

/** @throws {TricastError} `bundle-failed` for a file or folder that `include` can name. */
export function refuseAbsentFiles(absent: readonly AbsentFile[], target: string): void {
  const found = absent.filter(({ isIncludable }) => isIncludable);
  if (found.length === 0) return;
  const lines = found.map(({ source, path, isFolder }) => {
    const glob = isFolder ? `${path}/**` : path;
    return `${source} reads ${path}, which is not in the artefact: name it with ${includeOption(glob)}, relative to the predictor's folder.`;
  });
  throw bundleFailed(`the bundle for ${target} would not find a file.\n${lines.join("\n")}`);
}

/**
 * The fix for an artefact that does not load because a file is absent; `undefined` for another error.
 * @param error of Node.
 * @param artefact the folder that it was loaded in.
 */
export function absenceFix(
  error: string,
  artefact: string,
  { folder, absent }: { readonly folder: string; readonly absent: readonly AbsentFile[] },
): string | undefined {
  const path = absentPath(error);
  if (path === undefined) return undefined;
  // A relative path is relative to the working directory, which is the artefact's folder on most platforms.
  const inside = slashed(relative(artefact, join(path.startsWith("/") ? "" : artefact, path)));
  const known = absent.find((one) => one.path === inside);
  if (inside.startsWith("../"))
    return known && `${known.source} reads ${inside}, which leads out of the artefact. ${moveFix(inside, folder)}`;
  const who = known?.source ?? "Your code";
  const reads = `${who} reads ${inside}, which is not in the artefact: `;
  if (existsSync(join(folder, inside)))
    return `${reads}name it with ${includeOption(inside)}, relative to the predictor's folder.`;
  if (known !== undefined) return `${reads}${moveFix(inside, folder)}`;
  return `${reads}put it into the predictor's folder, at ${join(folder, inside)}, and name it with ${includeOption(inside)}.`;
}

const NO_FILE = /ENOENT: no such file or directory, \w+ '(.+?)'(?=$|[\s),])/m;
/** A module that is named by a path. Of others, the package is absent. */
const NO_MODULE = /Cannot find module '(\.{0,2}\/.+?)'(?=$|[\s),])/m;

function absentPath(error: string): string | undefined {
  return (NO_FILE.exec(error) ?? NO_MODULE.exec(error))?.[1];
}

function moveFix(path: string, folder: string): string {
  const name = posix.basename(path);
  return `A bundle is one file, and looks for ${path} relative to itself: put the file into ${folder}, read it in a source of that folder, as new URL("./${name}", import.meta.url), and name it with ${includeOption(name)}`;
}

function includeOption(glob: string): string {
  return /^[\w./@+-]+$/.test(glob) ? `--include ${glob}` : `--include '${glob.replaceAll("'", `'\\''`)}'`;
}

/** For messages about a predictor that is read where it is installed. */
export function looksBeside(error: string, folder: string): string {
  const path = absentPath(error);
  const isBeside = path?.startsWith("/") === true && dirname(path).startsWith(folder);
  return isBeside ? `\nThe predictor is read as one file in ${folder}, so every source looks for files there` : "";
}
