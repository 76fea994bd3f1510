import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { buildPackages } from "./build.ts";
import { type Consumer, checkBundle, checkImports, checkTypes, installConsumer, installOldNode } from "./consumer.ts";
import { type PackedPackage, packPackage } from "./pack.ts";
import { PACKAGE_KILOBYTES } from "./package-sizes.ts";
import { workspacePackages } from "./repository.ts";

/** Builds and packs every package, then installs and uses them as somebody would who has nothing else of ours. */
export async function checkPackages(): Promise<boolean> {
  if (!buildPackages()) return false;
  // The space in its name is the point: paths with spaces must work.
  const scratch = mkdtempSync(join(tmpdir(), "tricast consumer "));
  try {
    return await checkPacked(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function checkPacked(scratch: string): Promise<boolean> {
  const packed = workspacePackages().map((source) => packPackage(source, join(scratch, "packed")));
  const packages = packed.filter((one) => one !== undefined);
  if (packages.length < packed.length) return false;
  const contents = packages.map((one) => checkFiles(one) && checkSize(one));
  const published = await Promise.all(packages.map(checkManifest));
  const consumer = installConsumer(join(scratch, "project"), packages);
  const oldNode = installOldNode(join(scratch, "old node"));
  if (consumer === undefined || oldNode === undefined) return false;
  return [...contents, ...published, ...checkUse(consumer, oldNode)].every(Boolean);
}

function checkUse(consumer: Consumer, oldNode: string): boolean[] {
  return [
    checkImports(consumer, process.execPath),
    checkImports(consumer, oldNode),
    checkTypes(consumer),
    checkBundle(consumer, oldNode),
  ];
}

/** `plugin.cjs` is what the Serverless Framework loads. */
const PUBLISHED = /^(package\.json|README\.md|LICENSE|plugin\.cjs|dist\/.+\.js|dist\/.+\.d\.ts|schema\/[a-z-]+\.json)$/;

function checkFiles({ manifest, files }: PackedPackage): boolean {
  const strangers = files.filter(({ path }) => !PUBLISHED.test(path));
  for (const { path } of strangers) console.log(`${manifest.name} would publish ${path}`);
  const missing = ["README.md", "LICENSE", "package.json"].filter((name) => !files.some(({ path }) => path === name));
  for (const name of missing) console.log(`${manifest.name} would be published without ${name}`);
  return strangers.length === 0 && missing.length === 0;
}

function checkSize({ folder, manifest, files, unpackedBytes }: PackedPackage): boolean {
  const bound = PACKAGE_KILOBYTES[folder];
  const size = `${manifest.name}: ${(unpackedBytes / 1000).toFixed(1)} kB in ${files.length} files`;
  if (bound === undefined) {
    console.log(`${size}, and no bound; add one to scripts/check/package-sizes.ts`);
    return false;
  }
  const ok = unpackedBytes <= bound * 1000;
  console.log(`${size} (at most ${bound} kB)${ok ? "" : " IS OVER ITS BOUND"}`);
  return ok;
}

async function checkManifest({ manifest, staged }: PackedPackage): Promise<boolean> {
  const { messages } = await publint({ pkgDir: staged, pack: false, strict: true });
  for (const message of messages) console.log(`${manifest.name}: ${formatMessage(message, { ...manifest })}`);
  return messages.every(({ type }) => type !== "error" && type !== "warning");
}
