// Formats and sorts imports in place, and applies the safe fixes of the linter: npm run format
import { spawnSync } from "node:child_process";

const { status } = spawnSync("biome", ["check", "--write", ...process.argv.slice(2)], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
