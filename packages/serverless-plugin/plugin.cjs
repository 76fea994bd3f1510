"use strict";

// What Serverless loads: plain JavaScript that is there before anything is compiled.
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { dirname, join } = require("node:path");

// Only in tricast's own repository: a fresh clone has sources and no dist, and an old dist may be behind them. Compiled code
// bundles compiled packages, so the adapter that handlers import is compiled, too.
if (existsSync(join(__dirname, "src", "index.ts"))) compile();

const { default: ServerlessTricast } = require("./dist/index.js");

module.exports = ServerlessTricast;
// As `import` of an ES module would have it.
module.exports.default = ServerlessTricast;

function compile() {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--build", __dirname, join(__dirname, "..", "aws-lambda")], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("serverless-tricast cannot be compiled; see the messages above");
}
