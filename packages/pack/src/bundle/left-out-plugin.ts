import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { slashed } from "../files/artefact-file.ts";
import { packageOfFile } from "../project/installed-packages.ts";

/** A module of one of our packages that an artefact may do without, and what takes its place. */
interface Optional {
  readonly package: string;
  /** Below the package's sources, without extension; the other has its names and types. */
  readonly module: string;
  readonly instead: string;
}

/** Everything that @tricast/onnx does with models that have an address. */
export const REMOTE: Optional = { package: "@tricast/onnx", module: "remote", instead: "remote-left-out" };
/** Worker threads and shared runs, for hosts that give an instance several requests at a time. */
export const EXECUTION: Optional = {
  package: "@tricast/onnx",
  module: "execution/execute",
  instead: "execution/left-out",
};
/** Serving a graph's own inputs and outputs, for predictors without code. */
export const ZERO_CODE: Optional = {
  package: "@tricast/onnx",
  module: "zero-code/zero-code",
  instead: "zero-code/left-out",
};

const OPTIONAL = [REMOTE, EXECUTION, ZERO_CODE];

/** Resolves each module that is left out to the small one that replaces it. */
export function leftOutPlugin(leftOut: readonly Optional[]): Plugin {
  return {
    name: "tricast-left-out",
    setup({ onResolve }) {
      const names = OPTIONAL.map(({ module }) => module.slice(module.lastIndexOf("/") + 1));
      onResolve({ filter: new RegExp(`^\\.{1,2}/(.*/)?(${names.join("|")})\\.[jt]s$`) }, ({ path, importer }) => {
        const file = join(dirname(importer), path);
        const owner = packageOfFile(file);
        if (owner === undefined) return undefined;
        // `src/` or `dist/`, and then the module.
        const [, module, extension = ""] = /^[^/]+\/(.*)(\.[jt]s)$/.exec(slashed(relative(owner.folder, file))) ?? [];
        const found = leftOut.find((one) => one.package === owner.name && one.module === module);
        if (found === undefined) return undefined;
        const top = file.slice(0, file.length - `${module}${extension}`.length);
        return { path: join(top, `${found.instead}${extension}`) };
      });
    },
  };
}
