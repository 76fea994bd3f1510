import type { Plugin } from "esbuild";
import { packageOfFile } from "../project/installed-packages.ts";
import type { StoreKind } from "./store-kinds.ts";

const STORE = "@tricast/store";
const S3_CLIENT = "@aws-sdk/client-s3";

/** Whether the predictor's models decide about a package. */
export function isOfStores(path: string): boolean {
  return path === STORE || path === S3_CLIENT;
}

/**
 * Leaves out the packages that the predictor's models do not need. @tricast/onnx imports the store package for models with
 * an address, and the store package imports the S3 client, which is six times the size of the rest of a small bundle.
 */
export function storePlugin(kinds: readonly StoreKind[]): Plugin {
  return {
    name: "tricast-store",
    setup({ onResolve }) {
      onResolve({ filter: /^@(tricast\/store|aws-sdk\/client-s3)$/ }, ({ path, importer, kind }) => {
        const isOptional = kind === "dynamic-import" && !isWanted(path, packageOfFile(importer)?.name, kinds);
        return isOptional ? { path, external: true } : undefined;
      });
    },
  };
}

/** Only imports of our own packages are left out: other packages need all of their imports. */
function isWanted(path: string, importer: string | undefined, kinds: readonly StoreKind[]): boolean {
  if (path === S3_CLIENT) return importer !== STORE || kinds.includes("s3");
  return importer !== "@tricast/onnx" || kinds.length > 0;
}
