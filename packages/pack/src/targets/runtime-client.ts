import { missingDependency } from "../errors.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import { checkElf, type System } from "../native/check-elf.ts";
import { readElf } from "../native/elf.ts";
import { type InstalledPackage, listFiles, requirePackage } from "../project/installed-packages.ts";
import type { ExtraParts } from "./target-rules.ts";

const CLIENT = "aws-lambda-ric";
const FOLDER = `node_modules/${CLIENT}`;
const ADDON = "rapid-client.node";
const OR_BUILD_ON_AWS = "or build on public.ecr.aws/lambda/nodejs:24, which has a runtime client";

/** AWS's bases set the folder of their runtime; other bases may start a client. */
export function hasRuntimeClient({ env, entrypoint }: BaseFacts): boolean {
  const isClient = (word: string) => /(?:^|\/)(?:lambda-entrypoint\.sh|bootstrap|aws-lambda-ric)$/.test(word);
  return env.some((entry) => entry.startsWith("LAMBDA_RUNTIME_DIR=")) || entrypoint.some(isClient);
}

/** Starts the project's runtime client on a base that has Node and no part of Lambda. */
export function runtimeClientEntrypoint(projectRoot: string, imageRoot: string): readonly string[] {
  const { bin } = findClient(projectRoot).manifest;
  const program = typeof bin === "string" ? bin : (bin?.[CLIENT] ?? "index.mjs");
  return ["node", `${imageRoot}/${FOLDER}/${program.replace(/^\.\//, "")}`];
}

/**
 * The project's own runtime client, without the sources that its install step compiles.
 * @throws {TricastError} `missing-dependency` where it is not installed or not compiled; `wrong-architecture` where it was
 * compiled for another system.
 */
export function runtimeClientParts(root: string, system: System): ExtraParts {
  const client = findClient(root);
  const name = `${CLIENT}@${client.version}`;
  const files = listFiles(client.folder).filter(isRunOrLegal);
  const addon = files.find((file) => file.endsWith(ADDON));
  const elf = addon === undefined ? undefined : readElf(`${client.folder}/${addon}`);
  if (elf === undefined)
    throw missingDependency(
      `${name} is installed without ${ADDON}, which its install script builds with cmake and a C++ compiler; run: npm rebuild ${CLIENT} --ignore-scripts=false, ${OR_BUILD_ON_AWS}`,
    );
  checkElf(`${name}/${addon}`, elf, system);
  const origin = `${name}: Lambda's runtime client, which the base image does not have`;
  return {
    files: files.map((file) => ({ path: `${FOLDER}/${file}`, content: { from: `${client.folder}/${file}` }, origin })),
    packages: [client],
  };
}

/** Its JavaScript is bundled. The dependencies in its package.json are for compiling the addon. */
function isRunOrLegal(file: string): boolean {
  if (/^(?:deps|scripts|src|test)\//.test(file)) return false;
  if (file.startsWith("build/")) return file.endsWith(`/${ADDON}`);
  return /\.(?:[cm]?js|json|node)$/.test(file) || /^(?:LICENSE|NOTICE|THIRD-PARTY-LICENSES)/.test(file);
}

function findClient(root: string): InstalledPackage {
  return requirePackage(
    CLIENT,
    root,
    `the base image has no runtime client of Lambda, and ${CLIENT} is not installed in ${root}; run: npm install ${CLIENT}, ${OR_BUILD_ON_AWS}`,
  );
}
