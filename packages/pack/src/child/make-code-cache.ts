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
  /** Where the cache goes. */
  readonly out: string;
}

/** Longest that the model may take to load and warm: without it the cache has less in it, and is right all the same. */
const READY_MS = 10_000;
/**
 * What the bundle is called while it runs. The cache must not depend on the folder it was made in.
 */
const FILE_NAME = "/var/task/index.js";

/**
 * Runs the bundle as far as an instance does by itself, model loaded and first example predicted, and keeps what V8 has
 * compiled until then.
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
