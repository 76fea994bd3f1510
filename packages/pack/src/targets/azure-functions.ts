import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUDGETS } from "../budget/budget.ts";
import { invalidOption } from "../errors.ts";
import { type ArtefactFile, jsonContent } from "../files/artefact-file.ts";
import { type ArtefactFacts, modelInStore, type TargetRules } from "./target-rules.ts";

/** A package for a Flex Consumption app. */
export const azureFunctions: TargetRules = {
  archs: ["x64"],
  archRule: "Azure Functions runs x64 only (learn.microsoft.com/azure/azure-functions/functions-app-settings)",
  entry: "azure-functions",
  entryExample:
    'import { azureFunctions } from "@tricast/azure-functions"; import predictor from "./predict.ts"; azureFunctions(predictor);',
  whatIsMissing: "registers no function",
  // Not a package: the worker provides the module to `require` (azure-functions-nodejs-worker: src/setupCoreModule.ts).
  external: ["@azure/functions-core"],
  formats: ["cjs"],
  formatRule: "only require finds the worker's own module, so an ES module cannot register a function",
  mainFile: () => "index.js",
  // github.com/Azure/azure-functions-docker, host/4/bookworm
  system: { name: "Azure Functions (Debian 12)", glibc: "2.36" },
  budget: BUDGETS.azure,
  zipName: "app.zip",
  waysOut: () => [modelInStore("az://account/container/name")],
  extraParts: async (facts) => ({ files: [hostFile(facts), manifestFile(facts)], packages: [] }),
  loadQuestion: (folder) => ({ kind: "azure", folder }),
  settings: () => ({ plan: "Flex Consumption", runtime: "node|24" }),
};

/** The predictor's own host.json, else the project's, else a minimal file. */
function hostFile({ folder, root }: ArtefactFacts): ArtefactFile {
  const own = [join(folder, "host.json"), join(root, "host.json")].find((file) => existsSync(file));
  if (own === undefined) {
    const origin = "tricast: the host does not start an app without it";
    return { path: "host.json", content: jsonContent({ version: "2.0" }), origin };
  }
  const { version } = JSON.parse(readFileSync(own, "utf8")) as { version?: unknown };
  if (version !== "2.0")
    throw invalidOption(`${own} has version ${JSON.stringify(version)}; Functions 4 takes "2.0" only`);
  return { path: "host.json", content: { from: own }, origin: "the project's own settings of the Functions host" };
}

function manifestFile({ name, version, main }: ArtefactFacts): ArtefactFile {
  const manifest = { name, version, private: true, type: "commonjs", main };
  const origin = "tricast: the worker loads the file in main, in the format in type";
  return { path: "package.json", content: jsonContent(manifest), origin };
}
