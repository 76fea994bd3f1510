import { randomBytes } from "node:crypto";
import { TricastError } from "@tricast/core";
import { hasCode } from "../error-codes.ts";
import { pause, waitMs } from "../retry.ts";
import { type Aliases, readAliases } from "../versions/aliases.ts";
import { aliasesKey } from "../versions/names.ts";
import type { AbortableStore } from "../with-signal.ts";

/** In each round one writer succeeds, so a writer fails only if this many other writers are faster. */
const ROUNDS = 60;
const PAUSE = { baseMs: 5, capMs: 500 };

/** Returns the new aliases, or its argument if nothing has to change. */
export type AliasesChange = (aliases: Aliases) => Aliases | Promise<Aliases>;

/**
 * Changes `aliases.json` without losing concurrent changes: reads it, applies `change`, and writes the result if the
 * object has not changed since. Otherwise it starts again. Therefore `change` may run several times. It must return its
 * argument if an earlier write succeeded whose reply was lost.
 * @returns the current aliases.
 * @throws {TricastError} `store-conflict` if other writers were faster 60 times in a row.
 */
export async function updateAliases(store: AbortableStore, name: string, change: AliasesChange): Promise<Aliases> {
  const key = aliasesKey(name);
  for (let round = 1; ; round++) {
    const { aliases, tag } = await readAliases(store, name);
    const changed = await change(aliases);
    if (changed === aliases) return aliases;
    try {
      await store.write(key, Buffer.from(`${JSON.stringify(changed, null, 2)}\n`), { ifMatch: tag ?? null });
      return changed;
    } catch (error) {
      if (!hasCode(error, "store-conflict")) throw error;
      if (round === ROUNDS) {
        const message = `others changed ${store.uri}/${key} ${ROUNDS} times during this change; try again`;
        throw new TricastError("store-conflict", message, { cause: error });
      }
      await pause(waitMs(Math.min(round, 8), error, PAUSE), store.signal);
    }
  }
}

/** A unique id for one change of an alias. */
export function newChangeId(): string {
  return randomBytes(8).toString("hex");
}
