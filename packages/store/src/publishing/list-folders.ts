import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { ALIASES_FILE, checkModelName, checkVersion, MANIFEST_FILE } from "../versions/names.ts";

/** The objects in the folder of one version. */
export interface VersionFolder {
  readonly version: string;
  /** `model.json`; without it the folder is what an unfinished push or prune left. */
  readonly manifest: ObjectInfo | undefined;
  /** Everything else in the folder. */
  readonly objects: readonly ObjectInfo[];
}

/** Everything that lies in the folder of one model. */
export interface ModelFolder {
  readonly name: string;
  readonly versions: readonly VersionFolder[];
}

/**
 * What lies in a store, or in the folder of one model of it. Objects that are in no version's folder of a well-formed
 * name are somebody else's, and left out.
 */
export async function listFolders(
  store: ObjectStore,
  name?: string,
  signal?: AbortSignal,
): Promise<readonly ModelFolder[]> {
  const models = new Map<string, Map<string, ObjectInfo[]>>();
  for await (const info of store.list(name === undefined ? "" : `${name}/`, signal)) {
    const [model = "", version = "", ...path] = info.key.split("/");
    if (!isModelName(model)) continue;
    const versions = models.get(model) ?? new Map<string, ObjectInfo[]>();
    models.set(model, versions);
    if (path.length === 0 || version === ALIASES_FILE || !isVersion(version)) continue;
    versions.set(version, [...(versions.get(version) ?? []), info]);
  }
  return [...models].map(([model, versions]) => ({
    name: model,
    versions: [...versions].map(([version, objects]) => toVersionFolder(model, version, objects)),
  }));
}

function toVersionFolder(model: string, version: string, objects: readonly ObjectInfo[]): VersionFolder {
  const key = `${model}/${version}/${MANIFEST_FILE}`;
  return {
    version,
    manifest: objects.find((info) => info.key === key),
    objects: objects.filter((info) => info.key !== key),
  };
}

const isModelName = (name: string): boolean => passes(() => checkModelName(name));
const isVersion = (version: string): boolean => passes(() => checkVersion(version));

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
