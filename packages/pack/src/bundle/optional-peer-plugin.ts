import type { Plugin } from "esbuild";
import { dependencyNames, packageName, packageOfFile } from "../project/installed-packages.ts";
import { isOfStores } from "./store-plugin.ts";

/**
 * Bundles optional peers of our packages (gRPC, JWT and traces of @tricast/server) only where the project depends on them.
 * A package that is installed by chance, for tests or below another package, would make the bundle large, and different
 * from machine to machine.
 */
export function optionalPeerPlugin(root: string): Plugin {
  const wanted = dependencyNames(root);
  return {
    name: "tricast-optional-peers",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind !== "dynamic-import" || isOfStores(path)) return undefined;
        const owner = packageOfFile(importer);
        const name = packageName(path);
        const isOurs = owner?.name.startsWith("@tricast/") && owner.manifest.peerDependenciesMeta?.[name]?.optional;
        return isOurs === true && !wanted.has(name) ? { path, external: true } : undefined;
      });
    },
  };
}
