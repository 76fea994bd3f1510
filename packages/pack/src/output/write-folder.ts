import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdtemp, rename, rm, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "@tricast/core/adapter";
import type { BuildResult } from "../build-options.ts";
import { type ArtefactFile, jsonContent } from "../files/artefact-file.ts";
import { writeTo } from "../files/lay-out.ts";
import { type BuildManifest, MANIFEST, type OutputEntry } from "./manifest.ts";

export type OutputFile = Omit<ArtefactFile, "origin">;

/** The files of a folder, without build.json. */
interface Filled extends Pick<BuildResult, "manifest" | "pushed"> {
  readonly files: readonly OutputFile[];
}

/**
 * Replaces a folder as a whole: after a build that is killed, and for a reader, it is the old folder or the new one.
 * @param fill writes files into the new folder, and returns the files that this function writes.
 */
export async function writeFolder(
  folder: string,
  epoch: number,
  fill: (next: string) => Promise<Filled>,
): Promise<Omit<BuildResult, "analysis">> {
  makeFolder(dirname(folder));
  const next = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await chmod(next, 0o755);
    const { files, manifest, pushed } = await fill(next);
    for (const file of files) await writeOne(next, file, epoch);
    await writeOne(next, { path: MANIFEST, content: jsonContent(manifest) }, epoch);
    await replace(folder, next);
    return { folder, manifest, unchanged: false, pushed };
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
}

async function writeOne(folder: string, file: OutputFile, epoch: number): Promise<void> {
  const path = join(folder, file.path);
  await writeTo(path, file);
  await utimes(path, epoch, epoch);
}

async function replace(folder: string, next: string): Promise<void> {
  if (!existsSync(folder)) return rename(next, folder);
  const last = `${next}-last`;
  await rename(folder, last);
  await rename(next, folder);
  await rm(last, { recursive: true, force: true });
}

/** The manifest of an earlier build with these inputs, if its files were not changed. */
export function findUnchanged(folder: string, inputs: string, epoch: number): BuildManifest | undefined {
  const manifest = readManifest(folder);
  if (manifest?.schema !== 1 || manifest.inputs !== inputs) return undefined;
  return manifest.outputs.every((entry) => isUnchanged(folder, entry, epoch)) ? manifest : undefined;
}

function readManifest(folder: string): BuildManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as BuildManifest;
  } catch {
    return undefined;
  }
}

/** Whether a file has the size and time of the build. */
function isUnchanged(folder: string, { file, bytes }: OutputEntry, epoch: number): boolean {
  const stats = statSync(join(folder, file), { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === bytes && stats.mtimeMs === epoch * 1000;
}
