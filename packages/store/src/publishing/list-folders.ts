import { isVersionName } from "@tricast/core/adapter";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { isModelName, manifestKey } from "../versions/names.ts";

/** The objects in the folder of one version. */
export interface VersionFolder {
  readonly version: string;
  /** `model.json`. If it is missing, the folder is left over from an unfinished push or prune. */
  readonly manifest: ObjectInfo | undefined;
  /** All other objects in the folder. */
  readonly objects: readonly ObjectInfo[];
}

/** All versions in the folder of one model. */
export interface ModelFolder {
  readonly name: string;
  readonly versions: readonly VersionFolder[];
}

/**
 * The models of a store, or one model. Objects outside a version's folder, or in a folder without a valid name, belong
 * to other programs and are ignored.
 */
export async function listFolders(store: ObjectStore, name?: string): Promise<readonly ModelFolder[]> {
  const models = new Map<string, ObjectInfo[]>();
  for await (const info of store.list(name === undefined ? "" : `${name}/`)) {
    const [model = ""] = info.key.split("/");
    const known = models.get(model);
    if (known !== undefined) known.push(info);
    else if (isModelName(model)) models.set(model, [info]);
  }
  return [...models].map(([model, objects]) => ({ name: model, versions: toVersionFolders(model, objects) }));
}

function toVersionFolders(model: string, objects: readonly ObjectInfo[]): VersionFolder[] {
  const inFolders = objects.filter(({ key }) => key.split("/").length > 2);
  const versions = Map.groupBy(inFolders, ({ key }) => key.split("/")[1] as string);
  const valid = [...versions].filter(([version]) => isVersionName(version));
  return valid.map(([version, all]) => {
    const manifest = all.find(({ key }) => key === manifestKey(model, version));
    return { version, manifest, objects: all.filter((info) => info !== manifest) };
  });
}
