import { TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { manifestKey } from "./names.ts";
import { readSmall } from "./read-small.ts";

/**
 * The manifest of one version, or `undefined` when the version does not exist.
 * @throws {TricastError} `model-invalid` for a manifest that cannot be used, or is that of another version.
 */
export async function findManifest(
  store: ObjectStore,
  name: string,
  version: string,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const key = manifestKey(name, version);
  const object = await readSmall(store, key, { signal });
  // Without ifNoneMatch nothing is ever unchanged.
  if (object === undefined || object === "unchanged") return undefined;
  const manifest = parseManifest(object.text, `${store.uri}/${key}`);
  if (manifest.name === name && manifest.version === version) return manifest;
  throw new TricastError(
    "model-invalid",
    `${store.uri}/${key} is the manifest of ${manifest.name}@${manifest.version}; a version lies in the folder of its ` +
      "own name: push it again instead of copying folders",
  );
}

/** @throws {TricastError} `store-not-found` when the version does not exist. */
export async function readManifest(
  store: ObjectStore,
  name: string,
  version: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  const manifest = await findManifest(store, name, version, signal);
  if (manifest !== undefined) return manifest;
  throw new TricastError(
    "store-not-found",
    `${store.uri} has no ${name}@${version}: there is no ${manifestKey(name, version)}; ` +
      `"tricast models list ${name}" shows the versions there are`,
  );
}
