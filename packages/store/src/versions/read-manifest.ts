import { TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { manifestKey } from "./names.ts";
import { readSmall } from "./read-small.ts";

/**
 * The manifest of one version, or `undefined` if the version does not exist.
 * @throws {TricastError} `model-invalid` for a manifest that is not valid, or belongs to another version.
 */
export async function findManifest(store: ObjectStore, name: string, version: string): Promise<Manifest | undefined> {
  const key = manifestKey(name, version);
  const object = await readSmall(store, key);
  // Only a read with a tag returns "unchanged".
  if (object === undefined || object === "unchanged") return undefined;
  const manifest = parseManifest(object.text, `${store.uri}/${key}`);
  if (manifest.name === name && manifest.version === version) return manifest;
  const found = `${store.uri}/${key} is the manifest of ${manifest.name}@${manifest.version}`;
  const rule = "the folder of a version has the version's own name: push it again instead of copying folders";
  throw new TricastError("model-invalid", `${found}; ${rule}`);
}

/** @throws {TricastError} `store-not-found` if the version does not exist. */
export async function readManifest(store: ObjectStore, name: string, version: string): Promise<Manifest> {
  const manifest = await findManifest(store, name, version);
  if (manifest !== undefined) return manifest;
  const found = `${store.uri} has no ${name}@${version}: ${manifestKey(name, version)} does not exist`;
  throw new TricastError("store-not-found", `${found}; "tricast models list ${name}" shows the versions`);
}
