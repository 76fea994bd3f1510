import { isTricastError, TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { readAliases } from "./aliases.ts";
import { type Draft, draftVersion } from "./draft.ts";
import type { Json } from "./json-check.ts";
import { listFolders } from "./list-folders.ts";
import type { Manifest, ModelOrigin, Variant } from "./manifest.ts";
import { checkModelName, checkVersion, isNumbered, LATEST } from "./names.ts";
import { moveLatest } from "./promote.ts";
import { uploadVersion } from "./upload-version.ts";

export interface PushOptions {
  /** Default: the next free of `v1`, `v2` ... */
  readonly version?: string | undefined;
  /** Which file of a folder is loaded, with `/`. Default: the only `.onnx` file. */
  readonly entry?: string | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly source?: ModelOrigin | undefined;
  /** Beside what is read from the model: `metadata.onnx` holds the ONNX file's own. */
  readonly metadata?: Json | undefined;
  /** Optimised forms of the entry; their files lie in the pushed folder. */
  readonly variants?: readonly Variant[] | undefined;
  /** Whether `latest` moves to this version, unless it stands at a greater number. Default true. */
  readonly latest?: boolean | undefined;
  /**
   * Deletes what an unfinished push of the same `version` left. Give it only where no other push of this version can be
   * running. Default false: the push is refused when the leftovers differ from what it would write.
   */
  readonly replaceUnfinished?: boolean | undefined;
  /** Who does it, for the history of `latest`. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each upload, with its size in bytes. */
  readonly onUpload?: ((path: string, size: number) => void) | undefined;
}

export interface PushResult {
  readonly manifest: Manifest;
  /** False when the same version with the same content was there already: then nothing was written. */
  readonly created: boolean;
}

/**
 * Stores the model at `path` (a file, or a folder) as a new version. A reader sees the whole version or none of it,
 * whenever this process is killed: files go first and are never overwritten, `model.json` last; a version exists exactly
 * when its `model.json` does. What a killed push leaves is invisible, and removed by prune.
 *
 * Pushing the same content under the same version again changes nothing; other content is refused.
 *
 * @throws {TricastError} `store-conflict` when the version exists with other content, or its folder holds other files of
 * an unfinished push; `model-not-found`, `model-invalid` or `invalid-option` for a model that cannot be pushed.
 */
export async function push(
  store: ObjectStore,
  name: string,
  path: string,
  options: PushOptions = {},
): Promise<PushResult> {
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
