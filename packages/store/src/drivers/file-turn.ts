import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemCode } from "../error-codes.ts";
import { isAlive, processToken } from "../process-token.ts";

/**
 * The state of a process on another machine or in another container is unknown. Its turn counts as abandoned after this
 * time, which is much longer than any turn takes.
 */
const FOREIGN_TURN_MS = 60_000;

/**
 * Runs `task` in the one writer that may replace version `tag` of the file at `path`.
 *
 * Turns are numbered. A turn is a hidden file, which only one `link()` can create. If the owner of a turn is dead, the
 * next writer takes the next number. A lock file would have to be removed, which two writers could do at once. A
 * replaced version's tag is never used again, so a late turn finds another version and ends.
 *
 * @returns `false` if another writer has the turn, else the result of `task`.
 */
export async function holdTurn(path: string, tag: string, task: () => Promise<boolean>): Promise<boolean> {
  const base = join(dirname(path), `.tricast-${basename(path)}.${tag}.turn`);
  const ticket = `${base}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  await writeFile(ticket, processToken());
  try {
    const turn = await take(base, ticket);
    return turn === undefined ? false : await use(base, turn, task);
  } finally {
    await rm(ticket, { force: true });
  }
}

async function use(base: string, turn: number, task: () => Promise<boolean>): Promise<boolean> {
  let replaced = false;
  try {
    replaced = await task();
    return replaced;
  } finally {
    // While the version exists, the turns of dead owners must exist: removing one would let two writers in at once.
    for (let n = replaced ? 0 : turn; n <= turn; n++) await rm(`${base}${n}`, { force: true });
  }
}

async function take(base: string, ticket: string): Promise<number | undefined> {
  for (let turn = 0; ; turn++) {
    try {
      await link(ticket, `${base}${turn}`);
      return turn;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      if (await isHeld(`${base}${turn}`)) return undefined;
    }
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return isAlive(owner) ?? Date.now() - mtimeMs < FOREIGN_TURN_MS;
  } catch (error) {
    // Its owner has just finished. The caller finds the new version.
    if (systemCode(error) === "ENOENT") return true;
    throw error;
  }
}
