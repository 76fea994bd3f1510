"use strict";

// What Serverless loads: plain JavaScript that is there before anything is compiled.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

// Only in tricast's own repository: a fresh clone has sources and no dist, and an old dist may be behind them.
if (existsSync(join(__dirname, "src", "index.ts"))) compile();

module.exports = require("./dist/index.js").default;

function compile() {
  const { spawnSync } = require("node:child_process");
  // TypeScript has no main file to resolve; its program is beside its package.json.
  const tsc = join(require.resolve("typescript/package.json"), "..", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--build", __dirname], { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("serverless-tricast cannot be compiled; see the messages above");
}
