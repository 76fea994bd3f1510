import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type BuildManifest, MANIFEST, type OutputEntry } from "./manifest.ts";
import { sha256 } from "./weigh.ts";

export interface OutputFile {
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly executable?: boolean | undefined;
}

/** Replaces a folder as a whole: a reader, and a build that is killed, see the old one or the new one. */
export async function writeFolder(folder: string, files: readonly OutputFile[], epoch: number): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const next = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await chmod(next, 0o755);
    for (const file of files) await writeOne(next, file, epoch);
    await replace(folder, next);
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
}

async function writeOne(folder: string, { path, content, executable }: OutputFile, epoch: number): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await writeFile(file, content);
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
export function findUnchanged(folder: string, inputs: string): BuildManifest | undefined {
  const manifest = readManifest(folder);
  if (manifest?.schema !== 1 || manifest.inputs !== inputs) return undefined;
  return manifest.outputs.every((entry) => isAsItWas(folder, entry)) ? manifest : undefined;
}

function readManifest(folder: string): BuildManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as BuildManifest;
  } catch {
    return undefined;
  }
}

function isAsItWas(folder: string, { file, sha256: expected }: OutputEntry): boolean {
  try {
    return sha256(readFileSync(join(folder, file))) === expected;
  } catch {
    return false;
  }
}
