import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { isTricastError, TricastError } from "@tricast/core";
import type { BlobCache } from "../blob-cache.ts";
import type { RegistryOptions } from "../registry/client.ts";
import { pullImage } from "../registry/pull.ts";
import { parseReference } from "../registry/reference.ts";
import type { Platform } from "../spec.ts";
import { type BaseImage, unreadable } from "./base-image.ts";
import { openLocalBase } from "./local-base.ts";

/** A base without a file: for artefacts that bring everything themselves. */
export const SCRATCH = "scratch";

export interface BaseOptions {
  readonly cache: BlobCache;
  readonly registry: RegistryOptions;
}

/**
 * Opens a base for one platform: `scratch`, a path (it exists, or is written as one), or a registry reference.
 * @throws {TricastError} `image-base-unreadable`, `image-base-unsuitable`, `registry-denied`, `registry-unavailable`
 */
export async function openBase(base: string, platform: Platform, options: BaseOptions): Promise<BaseImage> {
  if (base === SCRATCH) {
    return { layers: [], config: { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [] } } };
  }
  const isLocal = await isPath(base);
  try {
    return isLocal
      ? await openLocalBase(base, platform, options.cache)
      : await pullImage(parseReference(base), platform, options);
  } catch (error) {
    if (!isTricastError(error) || error.code === "digest-mismatch" || error.code === "invalid-option")
      throw unreadable(base, (error as Error).message, error);
    throw error.code.startsWith("registry-") ? notPulled(base, error) : error;
  }
}

/** The registry's refusal, with what was wanted of it: a path that was mistyped is looked for there, too. */
function notPulled(base: string, cause: TricastError): TricastError {
  return new TricastError(
    cause.code,
    `the base image ${base}, which is not a path here, cannot be read from its registry: ${cause.message}`,
    { cause },
  );
}

async function isPath(base: string): Promise<boolean> {
  if (isAbsolute(base) || /^\.{1,2}(?:[\\/]|$)/.test(base)) return true;
  return (await stat(base).catch(() => undefined)) !== undefined;
}
