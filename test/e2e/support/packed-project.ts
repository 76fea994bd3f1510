import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { extract } from "tar";
import { packPackage } from "../../../scripts/check/pack.ts";
import { ROOT, type WorkspacePackage, workspacePackages } from "../../../scripts/check/repository.ts";
import { type Output, output } from "../../../scripts/check/run.ts";

/** A project outside the workspace, with every package as it is published. */
export interface PackedProject {
  readonly folder: string;
  /** Runs a JavaScript file of the project, or an absolute one, as somebody would who has no checkout of this repository. */
  run(program: string, args: readonly string[]): Output;
}

/** A test that was started by another one would report to that one, and sources would be found by a condition. */
const ALONE = { NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };

/**
 * Packs and installs every package into `folder`.
 *
 * Their manifests stay as they are in the workspace, with the export condition of our sources, which are not packed:
 * whatever uses that condition does not find its files.
 * @param others packages of other people that the project depends on, besides those that ours do.
 * @throws {Error} when a package cannot be compiled or packed.
 */
export function installPackedProject(folder: string, others: readonly string[]): PackedProject {
  const built = output("tsc", ["-b"]);
  if (built.status !== 0) throw new Error(built.text);
  const packages = workspacePackages();
  const own = new Set(packages.map(({ manifest }) => manifest.name));
  for (const one of packages) install(one, folder);
  const needed = packages.flatMap(({ manifest }) => [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}).filter(
      (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
    ),
  ]);
  for (const name of new Set([...needed, ...others])) if (!own.has(name)) link(name, folder);
  const dependencies = Object.fromEntries([...own, ...others].map((name) => [name, "*"]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  return { folder, run: (program, args) => output(process.execPath, [program, ...args], { cwd: folder, env: ALONE }) };
}

/** As `npm install` of the packed package would. */
function install(one: WorkspacePackage, folder: string): void {
  const packed = packPackage(one, join(folder, ".packed"));
  if (packed === undefined) throw new Error(`npm does not pack ${one.manifest.name}`);
  const target = join(folder, "node_modules", one.manifest.name);
  mkdirSync(target, { recursive: true });
  extract({ file: packed.tarball, cwd: target, strip: 1, sync: true });
  writeFileSync(join(target, "package.json"), JSON.stringify(one.manifest));
}

function link(name: string, folder: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), path, "dir");
}
