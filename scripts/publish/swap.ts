/**
 * `npm pack` in the folder of a package packs the package.json on disk. It runs our code only before
 * (`prepack`) and after (`postpack`). So package.json is the published manifest in between:
 *
 *   prepack   takes the turn, builds `dist`, writes the published manifest
 *   npm       writes the tarball
 *   postpack  restores the source manifest, ends the turn
 *
 * The alternatives are worse:
 * - To find sources without `exports` (a resolver hook for Node, `paths` for tsc, aliases for esbuild) leaves only
 *   `scripts` to replace. But every command that now has `--conditions=@tricast/source` needs a path to this
 *   repository, the bundler in our packages needs that path too, and three more lists of the exports must agree.
 * - To publish the sources doubles the packages, and Node does not strip types below node_modules.
 * - To publish from a staging folder leaves plain `npm pack` wrong: npm has no `publishConfig.directory`.
 *
 * The replacement is safe:
 * - If a process is killed: each step is one atomic rename, and the source manifest stays as a hard link beside it. A
 *   watcher that outlives npm restores it as soon as npm is gone, also if npm fails before `postpack`.
 * - If two packs run at once, in one folder or in two: they take turns, because a build also writes files that other
 *   packages read. One gap remains: an npm that starts while the published manifest is in place (about 0.3 s) does not
 *   find scripts in it. It packs the current `dist`, with the manifest that it finds when it reads it again.
 * - `npm publish` in a folder is refused, because npm sends the registry a manifest that it reads after
 *   `postpack`. `npm run release` publishes tarballs.
 * - Tools that read `exports` meanwhile find the new `dist`. Our own scripts and tests pack in a copy of
 *   the repository (scripts/check/pack.ts), so they never see the published manifest.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Manifest, ROOT } from "../check/repository.ts";
import { toPublished } from "./published-manifest.ts";

/** The current pack. */
export interface Turn {
  /** Process of npm; `NaN` if the shell does not report it (Windows). A kill of npm is then not noticed. */
  readonly npm: number;
  /** Process of `prepack`, which may outlive npm. */
  readonly prepack: number;
  /** Folder of the package, absolute. */
  readonly folder: string;
}

const TURN_FILE = join(ROOT, "packages", ".packing");
const SOURCE_FILE = ".package.source.json";

/** Waits until no other pack runs in this repository. Ends the turn of a pack that was killed. */
export async function takeTurn(turn: Turn): Promise<void> {
  let announced = false;
  while (!tryToTake(turn)) {
    const holder = currentTurn();
    if (holder === undefined) continue;
    if (isOver(holder)) endTurn(holder);
    else if (!announced) {
      announced = true;
      console.error(`Waiting for npm (process ${holder.npm}), which packs ${holder.folder}`);
    }
    await setTimeout(50);
  }
}

/** Atomic: the file appears with its content or not at all. */
function tryToTake({ npm, prepack, folder }: Turn): boolean {
  const draft = `${TURN_FILE}.${prepack}`;
  writeFileSync(draft, [npm, prepack, folder].join(" "));
  try {
    linkSync(draft, TURN_FILE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

export function currentTurn(): Turn | undefined {
  const text = readIfThere(TURN_FILE);
  if (text === undefined) return undefined;
  const [npm, prepack, ...folder] = text.split(" ");
  return { npm: Number(npm), prepack: Number(prepack), folder: folder.join(" ") };
}

/** Writes the published manifest. */
export function swapIn(folder: string): void {
  const path = join(folder, "package.json");
  const published = toPublished(JSON.parse(readFileSync(path, "utf8")) as Manifest);
  const draft = join(folder, `${SOURCE_FILE}.draft`);
  writeFileSync(draft, `${JSON.stringify(published, null, 2)}\n`);
  linkSync(path, join(folder, SOURCE_FILE));
  renameSync(draft, path);
}

/** Restores the source manifest, and lets the next pack begin. */
export function endTurn({ folder }: Turn): void {
  const source = join(folder, SOURCE_FILE);
  if (readIfThere(source) !== undefined) renameSync(source, join(folder, "package.json"));
  // Before the swap, both names are one file, and renaming one to the other keeps both (POSIX rename).
  for (const path of [source, `${source}.draft`, TURN_FILE]) rmSync(path, { force: true });
}

/** Whether every process that could end this turn is gone. */
export function isOver({ npm, prepack }: Turn): boolean {
  return isGone(npm) && isGone(prepack);
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
