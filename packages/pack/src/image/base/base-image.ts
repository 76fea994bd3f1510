import { TricastError } from "@tricast/core";
import type { Blob } from "../blob.ts";
import type { ImageConfig } from "../spec.ts";

/** The image below our layers, for one platform. `scratch` has no layers. */
export interface BaseImage {
  readonly config: ImageConfig;
  /** In the OCI family of media types, lowest first. */
  readonly layers: readonly Blob[];
  /** The full reference of an image in a registry. Absent for a local path, which differs from machine to machine. */
  readonly name?: string | undefined;
  /** The digest behind `name`, or the digest in a local layout. */
  readonly digest?: string | undefined;
}

export function unreadable(base: string, problem: string, cause?: unknown): TricastError {
  return new TricastError("image-base-unreadable", `the base image ${base} cannot be read: ${problem}`, { cause });
}

export function unsuitable(base: string, problem: string): TricastError {
  return new TricastError("image-base-unsuitable", `the base image ${base} ${problem}`);
}
