import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isAlive, processToken } from "../process-token.ts";

/** On another machine or in another container nobody can ask whether the owner lives; a turn takes far less than this. */
const FOREIGN_TURN_MS = 60_000;

/**
 * Runs `task` for the one writer that may replace version `tag` of the file at `path`.
 *
 * There is no lock to break, which two could do at once: turns are numbered, the right to replace one version is a
 * hidden file that exactly one `link()` can create, and the turn after a dead owner's is the next number. A version's
 * tag never returns once it is replaced, so turns that come too late find another version and give up.
 *
 * @returns `false` when another writer has the turn, else what `task` returned.
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
    // While the version stands, the turns of dead owners must stay: removing one would let two writers in at once.
    for (let n = replaced ? 0 : turn; n <= turn; n++) await rm(`${base}${n}`, { force: true });
  }
}

async function take(base: string, ticket: string): Promise<number | undefined> {
  for (let turn = 0; ; turn++) {
    try {
      await link(ticket, `${base}${turn}`);
      return turn;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (await isHeld(`${base}${turn}`)) return undefined;
    }
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return isAlive(owner) ?? Date.now() - mtimeMs < FOREIGN_TURN_MS;
  } catch (error) {
    // Its owner has just finished: the version is replaced, and the caller looks again.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}
