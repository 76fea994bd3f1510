import type { BuildOptions, Plugin } from "esbuild";

const MODULE = "tricast-import-meta";

/** Replaces `import.meta` in a CommonJS bundle, which does not have it. Sources find assets beside the code through it. */
export const importMetaUrl: { readonly plugin: Plugin; readonly options: Pick<BuildOptions, "define" | "inject"> } = {
  options: {
    define: {
      "import.meta.url": "__tricastImportMetaUrl",
      "import.meta.filename": "__filename",
      "import.meta.dirname": "__dirname",
    },
    inject: [MODULE],
  },
  plugin: {
    name: MODULE,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: MODULE, sideEffects: false }));
      onLoad({ filter: /./, namespace: MODULE }, () => ({
        contents: `export const __tricastImportMetaUrl =
          /* @__PURE__ */ (() => process.getBuiltinModule("node:url").pathToFileURL(__filename).href)();`,
        loader: "js",
      }));
    },
  },
};
