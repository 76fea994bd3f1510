import type { Plugin } from "esbuild";
import { packageName, packageOfFile, readManifest } from "../project/installed-packages.ts";
import { isOfStores } from "./store-plugin.ts";

/**
 * Packages that ours import when they are installed (the optional peers of @tricast/server: gRPC, JWT, traces) are
 * bundled where the project depends on them. One that is installed by chance, for tests or below another package,
 * would make the bundle large, and different from machine to machine.
 */
export function optionalPeerPlugin(root: string): Plugin {
  const { dependencies, optionalDependencies } = readManifest(root) ?? {};
  return {
    name: "tricast-optional-peers",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind !== "dynamic-import" || isOfStores(path)) return undefined;
        const owner = packageOfFile(importer);
        const name = packageName(path);
        const isOurs = owner?.name.startsWith("@tricast/") && owner.manifest.peerDependenciesMeta?.[name]?.optional;
        const isWanted = dependencies?.[name] !== undefined || optionalDependencies?.[name] !== undefined;
        return isOurs === true && !isWanted ? { path, external: true } : undefined;
      });
    },
  };
}
