import { checkPackages } from "./packages.ts";
import { run } from "./run.ts";

export interface Check {
  readonly about: string;
  readonly run: () => boolean | Promise<boolean>;
}

/** By the name that `npm run check -- NAME` takes, in the order they run. */
export const CHECKS: Readonly<Record<string, Check>> = {
  types: { about: "every TypeScript file of the workspace", run: () => run("tsc", ["-b"]) },
  lint: { about: "rules and format, by Biome", run: () => run("biome", ["ci", "."]) },
  gen: { about: "generated files are up to date", run: () => node("scripts/gen/main.ts", "--check") },
  packages: { about: "packed, installed and used as a user would", run: checkPackages },
  rules: {
    about: "rules of the repository, and its documents",
    run: () => node("--test", "test/repo/*.test.ts", "test/docs.test.ts"),
  },
};

function node(...args: string[]): boolean {
  return run(process.execPath, ["--conditions=@tricast/source", ...args]);
}
