// Replaces remote.ts in builds of predictors whose models are not in a store.
import { TricastError } from "@tricast/core";
import { type LoadContext, remoteSchemeOf, type Served } from "@tricast/core/adapter";
import type { OnnxModel } from "./model.ts";
import type * as Remote from "./remote.ts";

export const DEFAULT_RECHECK_MS = 0;

/** As in remote.ts: an address may still come from the environment. */
export function isStored(uri: string): boolean {
  return remoteSchemeOf(uri) !== undefined;
}

export async function loadStored(uri: string, _options: unknown, _context: LoadContext): Promise<never> {
  throw new TricastError(
    "missing-dependency",
    `${JSON.stringify(uri)} is in a store, and this bundle was built for models outside of stores; build it again with --store-kind ${remoteSchemeOf(uri)}`,
  );
}

export function locateStored(uri: string): string {
  return uri;
}

export async function disposeStored(model: OnnxModel): Promise<void> {
  await model.close();
}

export function servedVersions(model: OnnxModel): Served<OnnxModel> {
  return { versions: [{ version: undefined, model }], choose: () => 0 };
}

export async function updateStored(): Promise<undefined> {
  return undefined;
}

/** The replacement must have the same names and types. */
type Same<T extends Omit<typeof Remote, "DEFAULT_RECHECK_MS">> = T;
export type LeftOut = Same<typeof import("./remote-left-out.ts")>;
