#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { confirm } from "./confirm.ts";
import { run } from "./run.ts";

// A reader such as head may close the pipe early. That is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  version: JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version,
  isTerminal: process.stderr.isTTY === true,
  print: (text) => process.stdout.write(`${text}\n`),
  note: (message) => process.stderr.write(`${message}\n`),
  confirm: process.stdin.isTTY === true ? confirm : undefined,
});
