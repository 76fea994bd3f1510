import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installAll, installOldNode } from "./consumer.ts";
import { checkImports } from "./consumer-imports.ts";
import { checkAlone, checkTypes } from "./consumer-types.ts";
import { checkBuild, checkBundle, checkCommandLine } from "./consumer-use.ts";
import { type PackedPackage, packPackages } from "./pack.ts";
import { checkTarball } from "./tarball.ts";
import { isInChangelog, versionFaults, workspaceVersion } from "./versions.ts";

/** Packs every package, then checks the tarballs, and installs and uses them outside of the repository. */
export function checkPackages(): Promise<boolean> {
  return withPackages((packages) => packages !== undefined);
}

/**
 * Packs and checks every package. `use` gets the packages in dependency order, or `undefined` if a check failed.
 * The tarballs are removed at the end.
 */
export async function withPackages(
  use: (packages: readonly PackedPackage[] | undefined) => boolean | Promise<boolean>,
): Promise<boolean> {
  // The name has a space on purpose: paths with spaces must work.
  const scratch = mkdtempSync(join(tmpdir(), "tricast packages "));
  try {
    const packages = packPackages(scratch);
    const good = packages !== undefined && (await checkPacked(packages, scratch));
    return await use(good ? packages : undefined);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function checkPacked(packages: readonly PackedPackage[], scratch: string): Promise<boolean> {
  const contents: boolean[] = [checkVersions()];
  for (const packed of packages) contents.push(await checkTarball(packed));
  const oldNode = installOldNode(join(scratch, "old node"));
  const consumer = installAll(join(scratch, "project"), packages);
  if (consumer === undefined || oldNode === undefined) return false;
  const used = [
    checkImports(consumer, process.execPath),
    checkImports(consumer, oldNode),
    checkTypes(consumer),
    checkBundle(consumer, oldNode),
    checkCommandLine(consumer, oldNode),
    checkBuild(consumer, oldNode),
    ...packages.map((packed) => checkAlone(join(scratch, "alone"), packed, packages, oldNode)),
  ];
  return [...contents, ...used].every(Boolean);
}

function checkVersions(): boolean {
  const version = workspaceVersion();
  const faults = [
    ...versionFaults(),
    ...(isInChangelog(version) || isInChangelog("Unreleased")
      ? []
      : [`CHANGELOG.md has neither a section "${version}" nor "Unreleased"`]),
  ];
  for (const fault of faults) console.log(fault);
  return faults.length === 0;
}
