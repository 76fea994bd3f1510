import { basename } from "node:path";
import { BUDGETS } from "../budget/budget.ts";
import { serverSettings } from "../image/image-options.ts";
import type { TargetRules } from "./target-rules.ts";

const SERVER = "@tricast/server";

/** A server in an image, for any host of containers. The base image has node on its path. */
export const container: TargetRules = {
  archs: ["x64", "arm64"],
  archRule: "containers run on both",
  entry: "server",
  entryExample: `import { serve } from "${SERVER}"; import predictor from "./predict.ts"; serve(predictor);`,
  whatIsMissing: "starts no server",
  generated: {
    package: SERVER,
    entry: (predictFile) =>
      `import { serve } from "${SERVER}";\nimport predictor from "./${basename(predictFile)}";\nserve(predictor);\n`,
  },
  external: [],
  formats: ["cjs", "esm"],
  mainFile: (format) => (format === "esm" ? "index.mjs" : "index.cjs"),
  // The C library is the base image's, where a base is set.
  system: { name: "a container", glibc: undefined },
  budget: BUDGETS.container,
  waysOut: () => [],
  loadQuestion: (folder, { main }) => ({ kind: "server", folder, file: main }),
  image: {
    defaultBase: "docker.io/library/node:24-slim",
    host: "any",
    takesIndex: true,
    settings: ({ name, main }) => serverSettings({ entrypoint: ["node", main], title: name }),
  },
  settings: ({ main }) => ({ command: `node ${main}`, port: "8080" }),
};
