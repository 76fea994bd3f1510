import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { isTricastError, TricastError } from "@tricast/core";
import { type PullOptions, pullImage } from "../registry/pull.ts";
import { parseReference } from "../registry/reference.ts";
import type { Platform } from "../spec.ts";
import { type BaseImage, unreadable } from "./base-image.ts";
import { openLocalBase } from "./local-base.ts";

/** A base without files. */
export const SCRATCH = "scratch";

/**
 * Opens a base for one platform: `scratch`, a path (it exists, or has the form of a path), or a registry reference.
 * @throws {TricastError} `image-base-unreadable`, `image-base-unsuitable`, `registry-denied`, `registry-unavailable`
 */
export async function openBase(base: string, platform: Platform, options: PullOptions): Promise<BaseImage> {
  if (base === SCRATCH) {
    return { layers: [], config: { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [] } } };
  }
  try {
    if (await isPath(base)) return await openLocalBase(base, platform, options.cache);
    return await pullImage(parseReference(base), platform, options);
  } catch (error) {
    if (!isTricastError(error) || error.code === "digest-mismatch" || error.code === "invalid-option")
      throw unreadable(base, (error as Error).message, error);
    throw error.code.startsWith("registry-") ? notPulled(base, error) : error;
  }
}

/** Adds the base to the registry's error, because a mistyped path is looked up in a registry. */
function notPulled(base: string, cause: TricastError): TricastError {
  return new TricastError(
    cause.code,
    `the base image ${base}, which does not exist as a path, cannot be read from its registry: ${cause.message}`,
    { cause },
  );
}

async function isPath(base: string): Promise<boolean> {
  if (isAbsolute(base) || /^\.{1,2}(?:[\\/]|$)/.test(base)) return true;
  return (await stat(base).catch(() => undefined)) !== undefined;
}
