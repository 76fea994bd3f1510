import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "@tricast/core/adapter";
import type { Config } from "@tricast/plan";
import { parseConfig } from "@tricast/plan/tools";
import { invalidOption } from "./usage-error.ts";

export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** Paths in the configuration are relative to it. */
  readonly folder: string;
}

/** File names of a configuration, in search order. */
const CONFIG_FILES = ["ts", "mts", "js", "mjs", "json"].map((extension) => `tricast.config.${extension}`);

/**
 * Reads a configuration. A TypeScript or JavaScript file must export it as default.
 *
 * @param given a file. Default: the first of {@link CONFIG_FILES} that exists in the folder.
 * @throws {TricastError} `invalid-option` if no file exists, if it does not load, or with every problem in it.
 */
export async function loadConfig(given: string | undefined, folder = process.cwd()): Promise<LoadedConfig> {
  const candidates = (given === undefined ? CONFIG_FILES : [given]).map((name) => resolve(folder, name));
  const file = candidates.find((one) => existsSync(one));
  if (file !== undefined) return { config: parseConfig(await read(file)), file, folder: dirname(file) };
  throw invalidOption(
    `${candidates[0]} does not exist; write it (export default defineConfig({ ... }) of @tricast/plan), or name another file with --config`,
  );
}

async function read(file: string): Promise<unknown> {
  try {
    if (file.endsWith(".json")) return JSON.parse(readFileSync(file, "utf8"));
    return (await import(pathToFileURL(file).href)).default;
  } catch (cause) {
    throw invalidOption(`${basename(file)} does not load: ${explain(cause)}`, cause);
  }
}

function explain(cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") return messageOf(cause);
  return `Node ${process.versions.node} does not run TypeScript; use Node 22.18 or later, or write tricast.config.mjs`;
}
