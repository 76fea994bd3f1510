import { refuseUnknown } from "@tricast/core/adapter";
import type { ObjectStore } from "./object-store.ts";
import type { StoreOptions } from "./store-options.ts";
import { formatUri, parseUri, type StoreUri } from "./uri.ts";

const OPTIONS = ["timeoutMs", "endpoint", "region", "pathStyle", "profile", "headers", "ca"];

/**
 * Opens the store at `uri`: a folder, `https://`, `s3://`, `gs://` or `az://`. It imports only the driver of that scheme
 * and sends no request. Methods of the store try once; {@link withRetries} repeats them.
 *
 * @example
 * const store = await openStore("s3://models/production");
 * const info = await store.head("iris/aliases.json");
 *
 * @throws {TricastError} `invalid-option` for a URI of unknown form; `missing-dependency` naming the package to install.
 */
export async function openStore(uri: string | StoreUri, options: StoreOptions = {}): Promise<ObjectStore> {
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  refuseUnknown(options, OPTIONS, `openStore(${JSON.stringify(formatUri(parsed))})`);
  switch (parsed.scheme) {
    case "file":
      return (await import("./drivers/file.ts")).createFileStore(parsed);
    case "https":
      return (await import("./drivers/https.ts")).createHttpsStore(parsed, options);
    case "s3":
      return (await import("./drivers/s3/store.ts")).createS3Store(parsed, options);
    case "gs":
      return (await import("./drivers/gs/store.ts")).createGoogleStore(parsed, options);
    case "az":
      return (await import("./drivers/az/store.ts")).createAzureStore(parsed, options);
  }
}
