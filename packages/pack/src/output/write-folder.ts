import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Content } from "../files/artefact-file.ts";
import { type BuildManifest, MANIFEST, type OutputEntry } from "./manifest.ts";

export interface OutputFile {
  readonly path: string;
  readonly content: Content;
  readonly executable?: boolean | undefined;
}

/**
 * Replaces a folder as a whole: a reader, and a build that is killed, see the old one or the new one.
 * @param fill puts files into the folder that is to be, and returns those that are still to be written.
 */
export async function writeFolder<T>(
  folder: string,
  epoch: number,
  fill: (next: string) => Promise<{ readonly files: readonly OutputFile[]; readonly value: T }>,
): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  const next = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await chmod(next, 0o755);
    const { files, value } = await fill(next);
    for (const file of files) await writeOne(next, file, epoch);
    await replace(folder, next);
    return value;
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
}

async function writeOne(folder: string, { path, content, executable }: OutputFile, epoch: number): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  if ("from" in content) await copyFile(content.from, file);
  else await writeFile(file, content.bytes);
  // After the writing, as the umask takes from the mode at creation.
  await chmod(file, executable === true ? 0o755 : 0o644);
  await utimes(file, epoch, epoch);
}

async function replace(folder: string, next: string): Promise<void> {
  if (!existsSync(folder)) return rename(next, folder);
  const last = `${next}-last`;
  await rename(folder, last);
  await rename(next, folder);
  await rm(last, { recursive: true, force: true });
}

/** The manifest of an earlier build that had these inputs and whose files are all as it left them. */
export function findUnchanged(folder: string, inputs: string, epoch: number): BuildManifest | undefined {
  const manifest = readManifest(folder);
  if (manifest?.schema !== 1 || manifest.inputs !== inputs) return undefined;
  return manifest.outputs.every((entry) => isAsItWas(folder, entry, epoch)) ? manifest : undefined;
}

function readManifest(folder: string): BuildManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as BuildManifest;
  } catch {
    return undefined;
  }
}

/** A file that was written to since has another time. */
function isAsItWas(folder: string, { file, bytes }: OutputEntry, epoch: number): boolean {
  const stats = statSync(join(folder, file), { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === bytes && stats.mtimeMs === epoch * 1000;
}
