import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, loadavg, totalmem } from "node:os";

export interface Environment {
  /** Day, in UTC. */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly v8: string;
  /** Load average of the last 5 minutes when the suite ended: what else ran beside it is part of a figure. */
  readonly load: number;
}

export function environment(): Environment {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()}-core ${architecture()} VM, ${gibibytes} GiB, ${process.platform}`,
    node: process.versions.node,
    v8: process.versions.v8,
    load: Number((loadavg()[1] as number).toFixed(1)),
  };
}

function architecture(): string {
  return process.arch === "x64" ? "x86-64" : process.arch;
}

const require = createRequire(import.meta.url);

/** Installed versions, from the packages' own manifests. */
export function versionsOf(packages: readonly string[]): Record<string, string> {
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

/** Not `require("<name>/package.json")`: some packages do not export their manifest. */
function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error(`${name} is not installed`);
}
