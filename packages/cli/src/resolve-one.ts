import { type ObjectStore, type Resolution, resolve } from "@tricast/store";
import { formatAliasVersions } from "@tricast/store/publishing";
import { invalidOption } from "./usage-error.ts";

/**
 * Resolves a reference to one version. A command must do the same each time, so an alias of several versions is refused
 * unless a request key selects one.
 */
export async function resolveOne(store: ObjectStore, reference: string, key?: string): Promise<Resolution> {
  const resolution = await resolve(store, reference, { key });
  const { name, weights } = resolution;
  if (key !== undefined || Object.keys(weights).length === 1) return resolution;
  const versions = Object.keys(weights).map((version) => `${name}@${version}`);
  throw invalidOption(
    `${reference} points to ${formatAliasVersions(weights)}; name one of them: ${versions.join(" or ")}`,
  );
}
