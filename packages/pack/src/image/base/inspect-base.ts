import type { Arch } from "../../targets/arch.ts";
import { blobCache, defaultCacheFolder } from "../blob-cache.ts";
import { digestOf } from "../digest.ts";
import { platformOf } from "../platform.ts";
import type { RegistryOptions } from "../registry/client.ts";
import { checkGlibc } from "./libc.ts";
import { openBase, SCRATCH } from "./open-base.ts";

/** What a base is, before anything is put on it. */
export interface BaseFacts {
  /** As it was given. */
  readonly given: string;
  /** With registry and tag, where it is from a registry. */
  readonly reference: string | undefined;
  /** Of config and layers: the same one gives the same image. */
  readonly digest: string;
  /** Such as `"2.36"`; `undefined` on `scratch`, and where the library does not tell. */
  readonly glibc: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
}

export interface InspectOptions {
  readonly cacheFolder?: string | undefined;
  readonly registry?: RegistryOptions | undefined;
}

/**
 * Reads a base for one architecture: its manifest and config, and once per layer which C library is in it.
 * @throws {TricastError} `image-base-unreadable`; `image-base-unsuitable` for one without the architecture or without
 * glibc; `registry-denied`, `registry-unavailable`
 */
export async function inspectBase(given: string, arch: Arch, options: InspectOptions = {}): Promise<BaseFacts> {
  const { cacheFolder = defaultCacheFolder(), registry = {} } = options;
  const cache = blobCache(cacheFolder);
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
