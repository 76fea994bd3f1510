import type { Manifest } from "../check/repository.ts";

/**
 * The manifest that users get: without the condition for our sources, which are not published, and without
 * members that only the repository uses.
 */
export function toPublished(manifest: Manifest): Manifest {
  const { scripts: _scripts, devDependencies: _devDependencies, ...published } = manifest;
  const entries = Object.entries(manifest.exports ?? {}).map(([path, target]) => {
    if (typeof target === "string") return [path, target] as const;
    const { "@tricast/source": _source, ...conditions } = target;
    return [path, conditions] as const;
  });
  return { ...published, exports: Object.fromEntries(entries) };
}
