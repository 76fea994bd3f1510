/** Whether a worker is inside of the native addon, and whether it may go in: two 32-bit flags that both threads see. */
export const [INSIDE, STOPPING] = [0, 1] as const;

/** Longer than runs and loads take. */
const LONGEST_WAIT_MS = 5000;

const guarded = new Set<Int32Array>();
let listens = false;

export function makeFlags(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/**
 * Lets the process end in peace: Node stops its workers then, and one that is stopped inside of the addon makes that throw
 * where nothing catches it, which aborts the process (`terminate called after throwing an instance of 'Napi::Error'`).
 *
 * @returns To be called when the worker has ended.
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
