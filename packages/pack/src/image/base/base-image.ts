import { TricastError } from "@tricast/core";
import type { Blob } from "../blob.ts";
import type { ImageConfig } from "../spec.ts";

/** An image, or nothing, that layers are put on top of, for one platform. */
export interface BaseImage {
  readonly config: ImageConfig;
  /** In the OCI family of media types, lowest first. */
  readonly layers: readonly Blob[];
  /** Its full reference, when it comes from a registry: a local path would differ from machine to machine. */
  readonly name?: string | undefined;
  /** The digest that `name` stood for, or that a local layout gives it. */
  readonly digest?: string | undefined;
}

export function unreadable(base: string, problem: string, cause?: unknown): TricastError {
  return new TricastError("image-base-unreadable", `the base image ${base} cannot be read: ${problem}`, { cause });
}

export function unsuitable(base: string, problem: string): TricastError {
  return new TricastError("image-base-unsuitable", `the base image ${base} ${problem}`);
}
