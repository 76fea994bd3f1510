import { TricastError } from "@tricast/core";
import { type ObjectStore, type Resolution, resolve } from "@tricast/store";
import { formatAliasVersions } from "@tricast/store/publishing";

/**
 * The version that a person means. A command must do the same thing each time, so an alias of several versions is
 * refused unless a request key chooses.
 */
export async function resolveOne(store: ObjectStore, reference: string, key?: string): Promise<Resolution> {
  const resolution = await resolve(store, reference, { key });
  const { name, weights } = resolution;
  if (key !== undefined || Object.keys(weights).length === 1) return resolution;
  const versions = Object.keys(weights).map((version) => `${name}@${version}`);
  throw new TricastError(
    "invalid-option",
    `${reference} leads to ${formatAliasVersions(weights)}; name one of them: ${versions.join(" or ")}`,
  );
}
