import { type Logger, TricastError } from "@tricast/core";
import type { ListedVariant } from "./optimized/select-variant.ts";

/**
 * What this package needs of `@tricast/store`, which is optional: declarations that name its types would not compile
 * where it is not installed. {@link importStore} compares them with the package itself.
 */
export interface StoreModule {
  fetchModel(uri: string, options: FetchOptions): Promise<FetchedModel>;
  recheckModel(
    uri: string,
    known: ServedTarget,
    options: Pick<FetchOptions, "store">,
  ): Promise<ServedTarget | "unchanged">;
  /** Which of the versions serves the requests of `key`. */
  chooseIndex(fetched: FetchedModel, key: string): number;
}

interface FetchOptions {
  readonly log: Logger;
  readonly cacheDir: string | null | undefined;
  readonly store: StoreOptions;
  /** Called when the first request has left. */
  readonly onSent: () => void;
  /** Chooses the files of a version, the one to load first. */
  readonly select: (manifest: StoredManifest) => readonly string[] | undefined;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Milliseconds after which a connection on which nothing moves counts as broken. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Instead of the store's own address. For `s3` also `AWS_ENDPOINT_URL_S3`, for `gs` `STORAGE_EMULATOR_HOST`. */
  readonly endpoint?: string | undefined;
  /** `s3`: default what the SDK resolves (`AWS_REGION`, the profile). */
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

/** What an address of a model means at the moment. */
export interface ServedTarget {
  /** Versions and their shares; `undefined` for a plain object. */
  readonly weights: Readonly<Record<string, number>> | undefined;
  /** Changes when what is served may have changed. */
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
  /** The file to load, where there is a disk. */
  readonly path?: string | undefined;
  /** The file to load, where there is no disk. */
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
    // With its own catch, a bundler takes the package along where it is installed and does not fail where it is not.
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
