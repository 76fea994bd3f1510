import type { Plugin } from "esbuild";
import { packageName, packageOfFile } from "../project/installed-packages.ts";

/**
 * Bundles what a package declares and nothing else. Some packages try to load others that happen to be installed (debug
 * asks for supports-color); what is around would then decide about the bytes of the bundle.
 */
export const declaredOnly: Plugin = {
  name: "tricast-declared-only",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      const name = packageName(path);
      if (kind === "entry-point" || path.startsWith("node:") || process.getBuiltinModule(path) !== undefined)
        return undefined;
      const { dependencies, optionalDependencies, peerDependencies } = packageOfFile(importer)?.manifest ?? {};
      const isDeclared = [dependencies, optionalDependencies, peerDependencies].some(
        (list) => list?.[name] !== undefined,
      );
      return isDeclared ? undefined : { path, external: true };
    });
  },
};
