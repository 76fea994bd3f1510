import type { Arch } from "../../targets/arch.ts";
import { blobCache, defaultCacheFolder } from "../blob-cache.ts";
import { digestOf } from "../digest.ts";
import { platformOf } from "../platform.ts";
import type { RegistryOptions } from "../registry/client.ts";
import { checkGlibc } from "./libc.ts";
import { openBase, SCRATCH } from "./open-base.ts";

/** The facts about a base that a build reads before it collects files. */
export interface BaseFacts {
  /** The base as the user named it. */
  readonly given: string;
  /** With registry and tag; `undefined` for a local base. */
  readonly reference: string | undefined;
  /** Of config and layers: an equal digest gives an equal image. */
  readonly digest: string;
  /** Such as `"2.36"`; `undefined` on `scratch`, and where the library has no version text. */
  readonly glibc: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
}

/**
 * Reads a base for one architecture: its manifest and config, and once per layer its C library.
 * @throws {TricastError} `image-base-unreadable`; `image-base-unsuitable` for a base without the architecture or without
 * glibc; `registry-denied`, `registry-unavailable`
 */
export async function inspectBase(given: string, arch: Arch, registry: RegistryOptions): Promise<BaseFacts> {
  const cache = blobCache(defaultCacheFolder());
  const base = await openBase(given, platformOf(arch), { cache, registry });
  const glibc = given === SCRATCH ? undefined : await checkGlibc(given, base, cache);
  const { Env, Entrypoint } = base.config.config ?? {};
  const content = [base.config, base.layers.map(({ descriptor }) => descriptor.digest)];
  return {
    given,
    reference: base.name,
    digest: digestOf(Buffer.from(JSON.stringify(content))),
    glibc,
    env: Env ?? [],
    entrypoint: Entrypoint ?? [],
  };
}
