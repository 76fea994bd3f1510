import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import type { Config } from "@tricast/plan";
import { parseConfig } from "@tricast/plan/tools";

export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** Paths in the configuration are relative to it. */
  readonly folder: string;
}

/** What a configuration may be called, in the order they are looked for. */
export const CONFIG_FILES = ["ts", "mts", "js", "mjs", "json"].map((extension) => `tricast.config.${extension}`);

/**
 * Reads a configuration: TypeScript and JavaScript are imported, as Node runs them, and export it as default.
 *
 * @param given a file. Default: the one of {@link CONFIG_FILES} in the working folder.
 * @throws {TricastError} `invalid-option` where there is none, where it does not load, or with all its problems.
 */
export async function loadConfig(given: string | undefined, folder = process.cwd()): Promise<LoadedConfig> {
  const file = given === undefined ? findConfig(folder) : resolve(folder, given);
  if (file === undefined || !existsSync(file)) throw noConfig(given ?? CONFIG_FILES[0] ?? "", folder);
  return { config: parseConfig(await read(file)), file, folder: dirname(file) };
}

function findConfig(folder: string): string | undefined {
  return CONFIG_FILES.map((name) => resolve(folder, name)).find((file) => existsSync(file));
}

async function read(file: string): Promise<unknown> {
  try {
    if (file.endsWith(".json")) return JSON.parse(readFileSync(file, "utf8"));
    return (await import(pathToFileURL(file).href)).default;
  } catch (cause) {
    throw new TricastError("invalid-option", `${basename(file)} does not load: ${explain(cause)}`, { cause });
  }
}

function explain(cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") return messageOf(cause);
  return `Node ${process.versions.node} does not run TypeScript; use Node 22.18 or later, or write tricast.config.mjs`;
}

function noConfig(name: string, folder: string): TricastError {
  return new TricastError(
    "invalid-option",
    `${resolve(folder, name)} is not there; write one (export default defineConfig({ ... }) of @tricast/plan), or name it with --config`,
  );
}
