"use strict";

// Serverless loads this file. It is plain JavaScript, so that it exists before anything is compiled.
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { dirname, join } = require("node:path");

// Only in tricast's own repository, where dist may be missing or older than the sources. Compiled code bundles compiled
// packages, so the adapter that handlers import is compiled too.
if (existsSync(join(__dirname, "src", "index.ts"))) compile();

const { default: ServerlessTricast } = require("./dist/index.js");

module.exports = ServerlessTricast;
// For `import`, which expects a default export.
module.exports.default = ServerlessTricast;

function compile() {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--build", __dirname, join(__dirname, "..", "aws-lambda")], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("serverless-tricast cannot be compiled; see the messages above");
}
