/**
 * `npm pack` in the folder of a package packs the package.json that it finds on disk, and runs our code only before
 * (`prepack`) and after (`postpack`). So package.json is the published one in between:
 *
 *   prepack   takes the turn, builds `dist`, puts the published manifest in place
 *   npm       writes the tarball
 *   postpack  puts the source manifest back, ends the turn
 *
 * The alternatives are worse:
 * - To find sources without `exports` (a resolver hook for Node, `paths` for tsc, aliases for esbuild) leaves only
 *   `scripts` to replace. But every command that now has `--conditions=@tricast/source` needs a path to this
 *   repository, the bundler that users get needs to know of it, and three more lists of the exports must agree.
 * - To publish the sources doubles the packages, and Node strips no types below node_modules.
 * - To publish from a staging folder leaves plain `npm pack` wrong: npm has no `publishConfig.directory`.
 *
 * The replacement is safe:
 * - When something is killed: each step is one atomic rename, and the source manifest stays beside as a hard link. A
 *   watcher that outlives npm puts it back as soon as npm is gone, also when npm fails before `postpack`.
 * - When two packs run at once, in one folder or in two: they take turns, because a build also writes what other
 *   packages read. One gap is left: an npm that starts while the published manifest is in place (about 0.3 s) finds no
 *   scripts in it. It packs the `dist` that is there, with the manifest that is there when it reads it again.
 * - For `npm publish` in a folder: it is refused, because npm sends the registry a manifest that it reads after
 *   `postpack`. `npm run release` publishes tarballs.
 * - For tools that read `exports` meanwhile: they find `dist`, just built. Our own scripts and tests pack in a copy of
 *   the repository (scripts/check/pack.ts), so that they never meet it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Manifest, ROOT } from "../check/repository.ts";
import { toPublished } from "./published-manifest.ts";

/** Who packs what. */
export interface Turn {
  /** Process of npm; `NaN` where the shell does not say (Windows), and then nothing notices that it is killed. */
  readonly npm: number;
  /** Process of `prepack`, which may outlive npm. */
  readonly prepack: number;
  /** Folder of the package, absolute. */
  readonly folder: string;
}

const TURN_FILE = join(ROOT, "packages", ".packing");
const SOURCE_FILE = ".package.source.json";

/** Waits until no other pack runs in this repository, and ends the turn of one that was killed. */
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

/** The file appears with its content or not at all. */
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

/** Puts the published manifest in place. */
export function swapIn(folder: string): void {
  const path = join(folder, "package.json");
  const published = toPublished(JSON.parse(readFileSync(path, "utf8")) as Manifest);
  const draft = join(folder, `${SOURCE_FILE}.draft`);
  writeFileSync(draft, `${JSON.stringify(published, null, 2)}\n`);
  linkSync(path, join(folder, SOURCE_FILE));
  renameSync(draft, path);
}

/** Puts the source manifest back, and lets the next pack begin. */
export function endTurn({ folder }: Turn): void {
  const source = join(folder, SOURCE_FILE);
  if (readIfThere(source) !== undefined) renameSync(source, join(folder, "package.json"));
  // Before the swap both names are one file, and renaming one to the other leaves both (POSIX rename).
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
