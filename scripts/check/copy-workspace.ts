import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, repositoryFiles, workspacePackages } from "./repository.ts";

/** The files that build and pack the packages: their sources, the files of the root, and these scripts. */
const NEEDED = /^([^/]+|scripts\/(bootstrap\.mjs|(check|publish)\/.+)|packages\/[^/]+|packages\/[^/]+\/(?!test\/).+)$/;

/**
 * Copies the workspace on disk to `to` and links its dependencies. Packages are packed there, because a pack
 * replaces the manifest, and every other import in the repository is resolved through it.
 */
export function copyWorkspace(to: string): void {
  for (const file of repositoryFiles().filter((path) => NEEDED.test(path))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(to, file));
  }
  linkDependencies(join(ROOT, "node_modules"), join(to, "node_modules"));
  for (const { folder, manifest } of workspacePackages()) {
    link(join(to, "packages", folder), join(to, "node_modules", manifest.name));
  }
}

/** Links every entry except our own packages, which would lead back to the repository. */
function linkDependencies(from: string, to: string): void {
  const own = new Set(workspacePackages().map(({ manifest }) => manifest.name.split("/")[0]));
  for (const name of readdirSync(from)) {
    if (name !== ".cache" && !own.has(name)) link(join(from, name), join(to, name));
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
