import { type Logger, TricastError } from "@tricast/core";
import type { ListedVariant } from "./optimized/select-variant.ts";

/**
 * The functions of `@tricast/store` that this package uses. The package is optional: declarations that import its types
 * would not compile where it is not installed. {@link importStore} compares these types with the package.
 */
export interface StoreModule {
  fetchModel(uri: string, options: FetchOptions): Promise<FetchedModel>;
  recheckModel(
    uri: string,
    known: ServedTarget,
    options: Pick<FetchOptions, "store">,
  ): Promise<ServedTarget | "unchanged">;
  /** The index of the version that serves the requests of `key`. */
  chooseIndex(fetched: FetchedModel, key: string): number;
}

interface FetchOptions {
  readonly log: Logger;
  readonly cacheDir: string | null | undefined;
  /** `again`: digests of cached files are computed again. */
  readonly verify: "again" | undefined;
  readonly store: StoreOptions;
  /** Called when the first request is sent. */
  readonly onSent: () => void;
  /** Chooses the files of a version. The first one is loaded. */
  readonly select: (manifest: StoredManifest) => readonly string[] | undefined;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Milliseconds without data after which a connection is closed. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Instead of the store's own address. For `s3` also `AWS_ENDPOINT_URL_S3`, for `gs` `STORAGE_EMULATOR_HOST`. */
  readonly endpoint?: string | undefined;
  /** `s3`. Default: the region that the SDK resolves (`AWS_REGION`, the profile). */
  readonly region?: string | undefined;
  /** `s3`: `https://host/bucket/key` instead of `https://bucket.host/key`. Default: when there is a custom endpoint. */
  readonly pathStyle?: boolean | undefined;
  /** `s3`: a profile of the shared configuration files. Default `AWS_PROFILE`. */
  readonly profile?: string | undefined;
  /** `https`: sent with each request to the first host, such as `authorization`; not after a redirect to another. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `https`, `gs`, `az`, `s3`: certificates in PEM to trust instead of the public ones. */
  readonly ca?: string | undefined;
}

/** The versions that an address of a model currently selects. */
export interface ServedTarget {
  /** Versions and their shares; `undefined` for a plain object. */
  readonly weights: Readonly<Record<string, number>> | undefined;
  /** Changes when the versions may have changed. */
  readonly tag: string | undefined;
}

export interface FetchedModel extends ServedTarget {
  /** The version with the largest share first. */
  readonly versions: readonly FetchedVersion[];
}

export interface FetchedVersion {
  /** `undefined` for a plain object. */
  readonly version: string | undefined;
  readonly manifest: StoredManifest | undefined;
  /** The file to load, where a disk is available. */
  readonly path?: string | undefined;
  /** The content of the file to load, where a disk is not available. */
  readonly bytes?: Uint8Array | undefined;
  /** Lets the cache evict the files. */
  release(): void;
}

export interface StoredManifest {
  readonly entry: string;
  readonly variants?: readonly ListedVariant[];
}

/** @throws {TricastError} `missing-dependency` where the package is not installed. */
export async function importStore(uri: string): Promise<StoreModule> {
  try {
    // With this catch, a bundler includes the package where it is installed, and does not fail where it is not.
    return await import("@tricast/store").catch((error: unknown) => {
      throw error;
    });
  } catch (cause) {
    const { code, message = "" } = cause as NodeJS.ErrnoException;
    const absent = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || code === undefined;
    if (!absent || !message.includes("@tricast/store")) throw cause;
    throw new TricastError(
      "missing-dependency",
      `onnx(${JSON.stringify(uri)}) needs the package @tricast/store, which is not installed; run: npm install @tricast/store`,
      { cause },
    );
  }
}
