import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Script } from "node:vm";
import { wrapped } from "../bundle/code-cache-loader.ts";
import { answerParent } from "./ask-child.ts";

export interface CodeCacheQuestion {
  /** The artefact, laid out. */
  readonly folder: string;
  /** The bundle in it. */
  readonly main: string;
  /** The path that the cache is written to. */
  readonly out: string;
}

/** The time limit for loading and warming the model. After it the cache has fewer functions, and is still correct. */
const READY_MS = 10_000;
/** The file name of the bundle while it runs, so that the cache does not depend on the folder. */
const FILE_NAME = "/var/task/index.js";

/**
 * Runs the bundle as an instance does before its first request: the model is loaded and the first example predicted. Then
 * writes the code that V8 has compiled.
 */
async function makeCodeCache({ folder, main, out }: CodeCacheQuestion): Promise<number> {
  const file = join(folder, main);
  const script = new Script(wrapped(readFileSync(file, "utf8")), { filename: FILE_NAME });
  const module = { exports: {} as Record<string, unknown> };
  script.runInThisContext()(module.exports, createRequire(file), module, file, folder);
  const { ready } = (module.exports.handler ?? {}) as { readonly ready?: Promise<void> };
  await Promise.race([ready, sleep(READY_MS)]);
  const cache = script.createCachedData();
  writeFileSync(out, cache);
  return cache.length;
}

answerParent(makeCodeCache);
