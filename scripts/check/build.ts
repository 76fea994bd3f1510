import { rmSync } from "node:fs";
import { join } from "node:path";
import { workspacePackages } from "./repository.ts";
import { run } from "./run.ts";

/** Removes what earlier builds left and builds every package: declarations and JavaScript under `dist`. */
export function buildPackages(): boolean {
  const packages = workspacePackages();
  for (const { path } of packages) {
    rmSync(join(path, "dist"), { recursive: true, force: true });
    rmSync(join(path, "tsconfig.tsbuildinfo"), { force: true });
  }
  return run("tsc", ["-b", ...packages.map(({ path }) => path)]);
}
