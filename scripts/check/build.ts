import { rmSync } from "node:fs";
import { join } from "node:path";
import { workspacePackages } from "./repository.ts";
import { run } from "./run.ts";

/** Removes earlier builds, then builds every package: declarations and JavaScript under `dist`. */
export function buildPackages(): boolean {
  return buildFromNothing(workspacePackages().map(({ path }) => path));
}

/** Builds the package in this folder from scratch, and its dependencies if they are out of date. */
export function buildPackage(path: string): boolean {
  return buildFromNothing([path]);
}

function buildFromNothing(paths: readonly string[]): boolean {
  for (const path of paths) {
    rmSync(join(path, "dist"), { recursive: true, force: true });
    rmSync(join(path, "tsconfig.tsbuildinfo"), { force: true });
  }
  return run("tsc", ["-b", ...paths]);
}
