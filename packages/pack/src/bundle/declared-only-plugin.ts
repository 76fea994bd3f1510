import type { Plugin } from "esbuild";
import { packageName, packageOfFile } from "../project/installed-packages.ts";

/**
 * Bundles only the packages that the importer declares. Some packages try to load others that may be installed (debug
 * tries supports-color), and the bytes of the bundle must not depend on that.
 */
export const declaredOnly: Plugin = {
  name: "tricast-declared-only",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point" || path.startsWith("node:") || process.getBuiltinModule(path) !== undefined)
        return undefined;
      const { dependencies, optionalDependencies, peerDependencies } = packageOfFile(importer)?.manifest ?? {};
      const declared = { ...dependencies, ...optionalDependencies, ...peerDependencies };
      return declared[packageName(path)] === undefined ? { path, external: true } : undefined;
    });
  },
};
