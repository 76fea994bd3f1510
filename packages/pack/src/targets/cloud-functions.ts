import { BUDGETS } from "../budget/budget.ts";
import { jsonContent } from "../files/artefact-file.ts";
import { FRAMEWORK, frameworkParts, frameworkVersion } from "./functions-framework.ts";
import { type ArtefactFacts, type ExtraParts, modelInStore, type TargetRules } from "./target-rules.ts";

/**
 * A source zip for Cloud Run functions. Google's buildpack installs packages unless a variable disables it
 * (`GOOGLE_VENDOR_NPM_DEPENDENCIES=true`, buildpacks: pkg/nodejs/npm.go), and it runs the functions-framework of the
 * dependencies. The only package in the zip is the framework, bundled: nothing is downloaded, and an instance reads one
 * file instead of the hundreds of express. Without the variable the buildpack installs the same version.
 */
export const cloudFunctions: TargetRules = {
  archs: ["x64"],
  archRule: "Cloud Run runs x64 only (cloud.google.com/run/docs/container-contract)",
  entry: "cloud-functions",
  entryExample:
    'import { cloudFunctions } from "@tricast/cloud-functions"; import predictor from "./predict.ts"; cloudFunctions(predictor);',
  whatIsMissing: "registers no function",
  // The framework keeps registrations in module state, so the handler must load the copy that runs it.
  external: [FRAMEWORK],
  formats: ["cjs", "esm"],
  // With .mjs or .cjs the framework does not search a package.json (src/loader.ts).
  mainFile: (format) => (format === "esm" ? "index.mjs" : "index.cjs"),
  // cloud.google.com/functions/docs/runtime-support, nodejs22 and nodejs24
  system: { name: "Cloud Run functions (Ubuntu 22.04)", glibc: "2.35" },
  budget: BUDGETS.google,
  zipName: "source.zip",
  waysOut: () => [
    "tricast build container: an image does not have this limit",
    modelInStore("gs://bucket/models/name"),
  ],
  extraParts,
  loadQuestion: (folder, { main, name }) => ({ kind: "google", folder, file: main, target: name }),
  settings: ({ name }) => ({
    entryPoint: name,
    runtime: "nodejs24",
    buildEnvironment: "GOOGLE_VENDOR_NPM_DEPENDENCIES=true",
  }),
};

async function extraParts({ name, version, main, root }: ArtefactFacts): Promise<ExtraParts> {
  const framework = await frameworkParts(root);
  const manifest = { name, version, private: true, main, dependencies: { [FRAMEWORK]: frameworkVersion(root) } };
  const origin = "tricast: names the entry file, and the framework in the zip";
  return {
    ...framework,
    files: [...framework.files, { path: "package.json", content: jsonContent(manifest), origin }],
  };
}
