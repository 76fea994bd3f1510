/** Whether a worker is inside the native addon, and whether it must stay outside: two 32-bit flags that both threads share. */
export const [INSIDE, STOPPING] = [0, 1] as const;

/** Longer than most runs and loads. */
const LONGEST_WAIT_MS = 5000;

const guarded = new Set<Int32Array>();
let listens = false;

export function makeFlags(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/**
 * Prevents an abort at the exit of the process. Node stops its workers then. In a worker that is stopped inside the addon,
 * the addon throws an error that is not caught (`terminate called after throwing an instance of 'Napi::Error'`).
 *
 * @returns A function to call when the worker has ended.
 */
export function guardExit(flags: SharedArrayBuffer): () => void {
  const view = new Int32Array(flags);
  guarded.add(view);
  if (!listens) process.once("exit", waitOutside);
  listens = true;
  return () => guarded.delete(view);
}

function waitOutside(): void {
  for (const flags of guarded) Atomics.store(flags, STOPPING, 1);
  for (const flags of guarded) Atomics.wait(flags, INSIDE, 1, LONGEST_WAIT_MS);
}
