import type { TricastError } from "@tricast/core";
import { missingDependency } from "../errors.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import { checkElf, type System } from "../native/check-elf.ts";
import { readElf } from "../native/elf.ts";
import { findPackage, type InstalledPackage, listFiles } from "../project/installed-packages.ts";
import type { ExtraParts } from "./target-rules.ts";

const CLIENT = "aws-lambda-ric";
const FOLDER = `node_modules/${CLIENT}`;
const ADDON = "rapid-client.node";

/** AWS's bases say where their runtime lies; others may start a client of their own. */
export function hasRuntimeClient({ env, entrypoint }: BaseFacts): boolean {
  const isClient = (word: string) => /(?:^|\/)(?:lambda-entrypoint\.sh|bootstrap|aws-lambda-ric)$/.test(word);
  return env.some((entry) => entry.startsWith("LAMBDA_RUNTIME_DIR=")) || entrypoint.some(isClient);
}

/** How a container starts on a base that has Node and nothing of Lambda. */
export function runtimeClientEntrypoint(projectRoot: string, imageRoot: string): readonly string[] {
  const { manifest } = findClient(projectRoot);
  const program = typeof manifest.bin === "string" ? manifest.bin : (manifest.bin?.[CLIENT] ?? "index.mjs");
  return ["node", `${imageRoot}/${FOLDER}/${program.replace(/^\.\//, "")}`];
}

/**
 * The project's own runtime client, without the sources that its install step builds it from.
 * @throws {TricastError} `missing-dependency` where it is not installed or not built; `wrong-architecture` where it was
 * built for another system.
 */
export function runtimeClientParts(root: string, system: System): ExtraParts {
  const client = findClient(root);
  const files = listFiles(client.folder).filter(isRunOrLegal);
  const addon = files.find((file) => file.endsWith(ADDON));
  const elf = addon === undefined ? undefined : readElf(`${client.folder}/${addon}`);
  if (elf === undefined) throw notBuilt(client);
  checkElf(`${CLIENT}@${client.version}/${addon}`, elf, system);
  const origin = `${CLIENT}@${client.version}: Lambda's runtime client, which the base image does not have`;
  return {
    files: files.map((file) => ({
      path: `${FOLDER}/${file}`,
      content: { from: `${client.folder}/${file}` },
      origin,
    })),
    packages: [client],
  };
}

/** Its JavaScript is bundled: what package.json lists as dependencies is for building the addon. */
function isRunOrLegal(file: string): boolean {
  if (/^(?:deps|scripts|src|test)\//.test(file)) return false;
  if (file.startsWith("build/")) return file.endsWith(`/${ADDON}`);
  return /\.(?:[cm]?js|json|node)$/.test(file) || /^(?:LICENSE|NOTICE|THIRD-PARTY-LICENSES)/.test(file);
}

function findClient(root: string): InstalledPackage {
  const found = findPackage(CLIENT, root);
  if (found !== undefined) return found;
  throw missingDependency(
    `the base image has no runtime client of Lambda, and ${CLIENT} is not installed in ${root}; run: npm install ${CLIENT}, or build on public.ecr.aws/lambda/nodejs:24, which has one`,
  );
}

function notBuilt({ version }: InstalledPackage): TricastError {
  return missingDependency(
    `${CLIENT}@${version} is installed without ${ADDON}, which its install script builds with cmake and a C++ compiler; run: npm rebuild ${CLIENT} --ignore-scripts=false, or build on public.ecr.aws/lambda/nodejs:24, which has a runtime client`,
  );
}
