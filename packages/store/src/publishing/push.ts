import { isTricastError, TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { readAliases } from "../versions/aliases.ts";
import { checkModelName, checkVersion, isNumbered, LATEST } from "../versions/names.ts";
import { type Draft, draftVersion } from "./draft.ts";
import { listFolders } from "./list-folders.ts";
import { moveLatest } from "./promote.ts";
import type { PushOptions, PushResult } from "./push-options.ts";
import { uploadVersion } from "./upload-version.ts";

/**
 * Stores the model at `path` (a file, or a folder) as a new version. A reader sees the whole version or none of it,
 * whenever this process is killed: files go first and are never overwritten, `model.json` last; a version exists exactly
 * when its `model.json` does. What a killed push leaves is invisible, and removed by prune.
 *
 * Pushing the same content under the same version again changes nothing; other content is refused.
 *
 * @example
 * const { manifest } = await push(store, "iris", "iris.onnx", { describe: readOnnxHeader, metrics: { accuracy: 0.97 } });
 *
 * @throws {TricastError} `store-conflict` when the version exists with other content, or its folder holds other files of
 * an unfinished push; `model-not-found`, `model-invalid` or `invalid-option` for a model that cannot be pushed.
 */
export async function push(store: ObjectStore, name: string, path: string, options: PushOptions): Promise<PushResult> {
  checkModelName(name);
  const { version } = options;
  if (version !== undefined) await checkFreeName(store, name, checkVersion(version));
  const draft = await draftVersion(name, path, options);
  const result =
    version === undefined
      ? await pushNumbered(store, draft, options)
      : await uploadVersion(store, draft, version, options);
  if (options.latest !== false) await moveLatest(store, name, result.manifest.version, options);
  return result;
}

/** More pushes of one model do not end in the same moment. */
const NUMBERS_TRIED = 100;

/** Another push may take the number that was free a moment ago; then the next one is tried. */
async function pushNumbered(store: ObjectStore, draft: Draft, options: PushOptions): Promise<PushResult> {
  const first = await nextNumber(store, draft.manifest.name, options.signal);
  for (let number = first; ; number++) {
    try {
      return await uploadVersion(store, draft, `v${number}`, options);
    } catch (error) {
      const isTaken = isTricastError(error) && error.code === "store-conflict";
      if (!isTaken || number - first === NUMBERS_TRIED) throw error;
    }
  }
}

/** Behind every number that has a file, also one that is unfinished or being deleted. */
async function nextNumber(store: ObjectStore, name: string, signal: AbortSignal | undefined): Promise<number> {
  const [folder] = await listFolders(store, name, signal);
  const { aliases } = await readAliases(store, name, { signal });
  const versions = [...(folder?.versions ?? []).map(({ version }) => version), ...(aliases.retired ?? [])];
  return Math.max(0, ...versions.filter(isNumbered).map((version) => Number(version.slice(1)))) + 1;
}

/** `iris@prod` must mean one thing. */
async function checkFreeName(store: ObjectStore, name: string, version: string): Promise<void> {
  const { aliases } = await readAliases(store, name);
  if (version !== LATEST && !Object.hasOwn(aliases.aliases, version)) return;
  throw new TricastError(
    "invalid-option",
    `"${version}" is an alias of ${name}, so a version of that name would be ambiguous; give the version another name`,
  );
}
