import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves with the first value of `look` that is there (not `undefined`, `null` or `false`): what another process
 * prints may arrive after the answer it sends.
 * @throws {Error} naming `what`, if it does not happen within 5 s.
 */
export async function until<T>(what: string, look: () => T | undefined | false | null): Promise<T> {
  const end = performance.now() + 5_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() > end) throw new Error(`${what}: not within 5 s`);
    await sleep(5);
  }
}
