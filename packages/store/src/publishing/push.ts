import { TricastError } from "@tricast/core";
import { hasCode } from "../error-codes.ts";
import type { ObjectStore } from "../object-store.ts";
import { findAlias, readAliases } from "../versions/aliases.ts";
import { checkModelName, checkVersion, isNumbered, LATEST } from "../versions/names.ts";
import { withSignal } from "../with-signal.ts";
import { type Draft, draftVersion } from "./draft.ts";
import { listFolders } from "./list-folders.ts";
import { moveLatest } from "./promote.ts";
import type { PushOptions, PushResult } from "./push-options.ts";
import { uploadVersion } from "./upload-version.ts";

/**
 * Stores the model at `path` (a file, or a folder) as a new version. Files are written first and never overwritten,
 * `model.json` is written last. A version exists if its `model.json` exists. Therefore a reader gets the whole version or
 * nothing, even if this process is killed. The files of a killed push are invisible, and a prune deletes them.
 *
 * If the version exists with the same content, nothing changes. Other content is refused.
 *
 * @example
 * const { manifest } = await push(store, "iris", "iris.onnx", { describe: readOnnxHeader, metrics: { accuracy: 0.97 } });
 *
 * @throws {TricastError} `store-conflict` if the version exists with other content, or its folder has other files of an
 * unfinished push; `model-not-found`, `model-invalid` or `invalid-option` for a model that cannot be pushed.
 */
export async function push(store: ObjectStore, name: string, path: string, options: PushOptions): Promise<PushResult> {
  const model = checkModelName(name);
  const { version, signal } = options;
  const bound = withSignal(store, signal);
  if (version !== undefined) await checkFreeName(bound, model, checkVersion(version));
  const draft = await draftVersion(model, path, options);
  const upload =
    version === undefined ? pushNumbered(bound, draft, options) : uploadVersion(bound, draft, version, options);
  const result = await upload;
  if (options.latest !== false) await moveLatest(bound, model, result.manifest.version, options);
  return result;
}

/** More than the pushes of one model that finish at the same time. */
const NUMBERS_TRIED = 100;

/** If another push takes the number first, the next number is tried. */
async function pushNumbered(store: ObjectStore, draft: Draft, options: PushOptions): Promise<PushResult> {
  const first = await nextNumber(store, draft.manifest.name);
  for (let number = first; ; number++) {
    try {
      return await uploadVersion(store, draft, `v${number}`, options);
    } catch (error) {
      if (!hasCode(error, "store-conflict") || number - first === NUMBERS_TRIED) throw error;
    }
  }
}

/** Greater than every number that has a file, including unfinished versions and those being deleted. */
async function nextNumber(store: ObjectStore, name: string): Promise<number> {
  const [folder] = await listFolders(store, name);
  const { aliases } = await readAliases(store, name);
  const versions = [...(folder?.versions ?? []).map(({ version }) => version), ...(aliases.retired ?? [])];
  return Math.max(0, ...versions.filter(isNumbered).map((version) => Number(version.slice(1)))) + 1;
}

/** A version must not have the name of an alias. */
async function checkFreeName(store: ObjectStore, name: string, version: string): Promise<void> {
  const { aliases } = await readAliases(store, name);
  if (version !== LATEST && findAlias(aliases, version) === undefined) return;
  const rule = `"${version}" is an alias of ${name}, so a version of that name would be ambiguous`;
  throw new TricastError("invalid-option", `${rule}; give the version another name`);
}
