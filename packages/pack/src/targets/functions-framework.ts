import { join } from "node:path";
import { declaredOnly } from "../bundle/declared-only-plugin.ts";
import { bundledPackages } from "../bundle/metafile.ts";
import { jsonContent, textContent } from "../files/artefact-file.ts";
import { remember } from "../files/remember.ts";
import { type InstalledPackage, requirePackage } from "../project/installed-packages.ts";
import type { ExtraParts } from "./target-rules.ts";

export const FRAMEWORK = "@google-cloud/functions-framework";

const FOLDER = `node_modules/${FRAMEWORK}`;

/** The exports of the bundled framework: its API, a function that starts it, and its loader for checks. */
function entrySource(folder: string): string {
  const file = (name: string) => JSON.stringify(join(folder, "build/src", name));
  return `
    module.exports = {
      ...require(${file("index.js")}),
      start: () => require(${file("main.js")}),
      getUserFunction: (...args) => require(${file("loader.js")}).getUserFunction(...args),
    };
  `;
}

/** Gives ES modules the names that they import. Not in the source, because the bundler removes code that is never run. */
const EXPORT_NAMES = "0 && (module.exports = { http, cloudEvent, start, getUserFunction });";

const bundled = new Map<string, Promise<ExtraParts>>();

/** The project's functions-framework with its dependencies, in one file. */
export function frameworkParts(root: string): Promise<ExtraParts> {
  const framework = findFramework(root);
  return remember(bundled, `${framework.folder}@${framework.version}`, () => bundleFramework(framework));
}

export function frameworkVersion(root: string): string {
  return findFramework(root).version;
}

async function bundleFramework(framework: InstalledPackage): Promise<ExtraParts> {
  const { folder, version } = framework;
  // The help of the command line reads the rules of targets, and bundles nothing.
  const { build } = await import("esbuild");
  const result = await build({
    stdin: { contents: entrySource(folder), resolveDir: folder, sourcefile: "framework.js" },
    absWorkingDir: folder,
    outfile: "framework.js",
    write: false,
    metafile: true,
    bundle: true,
    // Keeps names: @tricast/cloud-functions recognises the framework's application by the names of its functions.
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    format: "cjs",
    footer: { js: EXPORT_NAMES },
    target: "node22",
    legalComments: "none",
    plugins: [declaredOnly],
    logLevel: "silent",
  });
  const origin = `${FRAMEWORK}@${version}, bundled`;
  const manifest = {
    name: FRAMEWORK,
    version,
    license: "Apache-2.0",
    main: "framework.js",
    bin: { "functions-framework": "bin.js" },
  };
  const start = (from: string) => textContent(`#!/usr/bin/env node\nrequire(${JSON.stringify(from)}).start();\n`);
  const code = { bytes: result.outputFiles[0]?.contents ?? new Uint8Array() };
  const files = [
    { path: `${FOLDER}/framework.js`, content: code, origin },
    { path: `${FOLDER}/bin.js`, content: start("./framework.js"), executable: true, origin },
    { path: `${FOLDER}/package.json`, content: jsonContent(manifest), origin },
    {
      path: "node_modules/.bin/functions-framework",
      content: start("../@google-cloud/functions-framework/framework.js"),
      executable: true,
      origin: `${origin}: the program that Google's buildpack starts`,
    },
  ];
  return { files, packages: [framework, ...bundledPackages(result.metafile, folder)] };
}

function findFramework(root: string): InstalledPackage {
  return requirePackage(FRAMEWORK, root, `${FRAMEWORK} is not installed in ${root}; run: npm install ${FRAMEWORK}`);
}
