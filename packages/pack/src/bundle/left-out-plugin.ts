import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { slashed } from "../files/artefact-file.ts";
import { packageOfFile } from "../project/installed-packages.ts";

/** Modules of @tricast/onnx that a bundle may leave out, each with the small module that replaces it. */
const OPTIONAL = {
  /** Models with an address. */
  remote: "remote-left-out",
  /** Worker threads and shared runs, for hosts that send an instance several requests at a time. */
  "execution/execute": "execution/left-out",
  /** Serving a graph's own inputs and outputs, for predictors without code. */
  "zero-code/zero-code": "zero-code/left-out",
  /** Changing such a graph in memory. */
  "rewrite/served-options": "rewrite/left-out",
} as const;

export type OptionalModule = keyof typeof OPTIONAL;

/** Resolves each module of the list to its replacement. */
export function leftOutPlugin(leftOut: readonly OptionalModule[]): Plugin {
  return {
    name: "tricast-left-out",
    setup({ onResolve }) {
      onResolve(
        { filter: /^\.{1,2}\/(.*\/)?(remote|execute|zero-code|served-options)\.[jt]s$/ },
        ({ path, importer }) => {
          const file = join(dirname(importer), path);
          const owner = packageOfFile(file);
          if (owner?.name !== "@tricast/onnx") return undefined;
          const [, top, module, extension] =
            /^(src|dist)\/(.*)(\.[jt]s)$/.exec(slashed(relative(owner.folder, file))) ?? [];
          const found = leftOut.find((one) => one === module);
          return found === undefined
            ? undefined
            : { path: join(owner.folder, `${top}/${OPTIONAL[found]}${extension}`) };
        },
      );
    },
  };
}
