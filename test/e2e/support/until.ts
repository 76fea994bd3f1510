import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves with the first value of `look` that is there (not `undefined`, `null` or `false`): what another process
 * prints may arrive after the answer it sends.
 * @throws {Error} naming `what`, when there is none within 30 s.
 */
export async function until<T>(what: string, look: () => T | undefined | false | null): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() > end) throw new Error(`${what}: not within 30 s`);
    await sleep(5);
  }
}

/** Resolves when the process has printed `text` that many times. */
export function untilPrinted({ output }: { output(): string }, text: string, times = 1): Promise<true> {
  return until(`${times} times ${text}`, () => output().split(text).length > times);
}
