import type { StoreScheme } from "@tricast/core/adapter";
import type { Plugin } from "esbuild";
import { packageOfFile } from "../packages.ts";

/** The kinds of stores that a bundle can read models from. */
export type StoreKind = StoreScheme;

const STORE = "@tricast/store";
/** What the drivers of stores import of others. */
const CLIENTS: Readonly<Record<string, StoreKind>> = { "@aws-sdk/client-s3": "s3" };

/** Whether the predictor's models decide about a package. */
export function isOfStores(path: string): boolean {
  return path === STORE || path in CLIENTS;
}

/**
 * Leaves out what no model of the predictor is read with: @tricast/onnx imports the store package for models with an
 * address, and that package the S3 client, which is six times the size of everything else in a small bundle.
 */
export function storePlugin(kinds: readonly StoreKind[]): { readonly plugin: Plugin; leftOut(): readonly string[] } {
  const leftOut = new Set<string>();
  const plugin: Plugin = {
    name: "tricast-store",
    setup({ onResolve }) {
      onResolve({ filter: /^@(tricast\/store|aws-sdk\/client-s3)$/ }, ({ path, importer, kind }) => {
        if (kind !== "dynamic-import" || isWanted(path, packageOfFile(importer)?.name, kinds)) return undefined;
        leftOut.add(path);
        return { path, external: true };
      });
    },
  };
  return { plugin, leftOut: () => [...leftOut].sort() };
}

/** Only our own optional imports are left out: what somebody else imports, they import for a reason. */
function isWanted(path: string, importer: string | undefined, kinds: readonly StoreKind[]): boolean {
  const client = CLIENTS[path];
  if (client !== undefined) return importer !== STORE || kinds.includes(client);
  return importer !== "@tricast/onnx" || kinds.length > 0;
}
