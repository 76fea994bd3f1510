import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packPackages } from "../../../scripts/check/pack.ts";
import { ROOT } from "../../../scripts/check/repository.ts";
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
 * @param others packages of other people that the project depends on, besides those that ours do.
 * @throws {Error} when a package cannot be compiled or packed.
 */
export function installPackedProject(folder: string, others: readonly string[]): PackedProject {
  const scratch = join(folder, ".packed");
  const packages = packPackages(scratch);
  if (packages === undefined) throw new Error("npm pack failed; its messages are above");
  for (const { manifest, unpacked } of packages)
    cpSync(unpacked, join(folder, "node_modules", manifest.name), { recursive: true });
  rmSync(scratch, { recursive: true });
  const own = new Set(packages.map(({ manifest }) => manifest.name));
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

function link(name: string, folder: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), path, "dir");
}
