import { randomBytes } from "node:crypto";
import { isTricastError, TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { pause, waitMs } from "../retry.ts";
import { type Aliases, readAliases } from "../versions/aliases.ts";
import { aliasesKey } from "../versions/names.ts";

/** Each round somebody's write succeeds, so this many rounds are lost only to this many other writers. */
const ROUNDS = 60;
const PAUSE = { baseMs: 5, capMs: 500 };

/** The aliases that shall stand instead of these, or these themselves when there is nothing to change. */
export type AliasesChange = (aliases: Aliases) => Aliases | Promise<Aliases>;

/**
 * Changes `aliases.json` without losing what others change at the same time: reads it, applies `change`, and writes it
 * only where nobody has written since; otherwise reads again. `change` may therefore run several times, and must give
 * back its argument where it finds itself done already (a write whose answer was lost).
 * @returns the aliases that stand now.
 * @throws {TricastError} `store-conflict` when others were faster 60 times in a row.
 */
export async function updateAliases(
  store: ObjectStore,
  name: string,
  change: AliasesChange,
  signal?: AbortSignal,
): Promise<Aliases> {
  const key = aliasesKey(name);
  for (let round = 1; ; round++) {
    const { aliases, tag } = await readAliases(store, name, { signal });
    const changed = await change(aliases);
    if (changed === aliases) return aliases;
    try {
      await store.write(key, Buffer.from(`${JSON.stringify(changed, null, 2)}\n`), { ifMatch: tag ?? null, signal });
      return changed;
    } catch (error) {
      if (!isTricastError(error) || error.code !== "store-conflict") throw error;
      if (round === ROUNDS) throw tooBusy(store, key, error);
      await pause(waitMs(Math.min(round, 8), error, PAUSE), signal);
    }
  }
}

/** Tells one change of an alias from every other. */
export function newChangeId(): string {
  return randomBytes(8).toString("hex");
}

function tooBusy(store: ObjectStore, key: string, cause: unknown): TricastError {
  return new TricastError(
    "store-conflict",
    `${store.uri}/${key} was changed by others ${ROUNDS} times while this change was being written; try again`,
    { cause },
  );
}
