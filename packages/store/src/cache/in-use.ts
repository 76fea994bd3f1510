const SLOT = Symbol.for("tricast.store.in-use");

/** Shared by all copies of this package in a process: a bundle and a layer may each contain one. */
function counts(): Map<string, number> {
  const shared = globalThis as { [SLOT]?: Map<string, number> };
  shared[SLOT] ??= new Map();
  return shared[SLOT];
}

/** Prevents this process from evicting the folder until the returned function is called. */
export function retain(folder: string): () => void {
  add(folder, 1);
  let released = false;
  return () => {
    if (!released) add(folder, -1);
    released = true;
  };
}

function add(folder: string, change: number): void {
  const count = (counts().get(folder) ?? 0) + change;
  if (count === 0) counts().delete(folder);
  else counts().set(folder, count);
}

export function isInUse(folder: string): boolean {
  return counts().has(folder);
}
