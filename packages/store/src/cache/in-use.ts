const SLOT = Symbol.for("tricast.store.in-use");

/** Shared by all copies of this package in a process (a bundle and a layer may each carry one). */
function counts(): Map<string, number> {
  const shared = globalThis as { [SLOT]?: Map<string, number> };
  shared[SLOT] ??= new Map();
  return shared[SLOT];
}

/** Keeps the folder from being evicted by this process until the returned function is called. */
export function retain(folder: string): () => void {
  counts().set(folder, (counts().get(folder) ?? 0) + 1);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const left = (counts().get(folder) ?? 1) - 1;
    if (left === 0) counts().delete(folder);
    else counts().set(folder, left);
  };
}

export function isInUse(folder: string): boolean {
  return counts().has(folder);
}
