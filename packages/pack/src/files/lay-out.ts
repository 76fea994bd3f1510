import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtefactFile, FileGroup } from "./artefact-file.ts";

/** Lays files out as the platform does, to run them once. Large files are links, because nothing writes to them. */
export async function layOut(folder: string, groups: readonly FileGroup[]): Promise<void> {
  for (const file of groups.flatMap(({ files }) => files)) {
    const path = join(folder, file.path);
    const isLarge = "from" in file.content && !/\.[cm]?js(on)?$/.test(path);
    await (isLarge ? link(path, file.content.from) : writeTo(path, file));
  }
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

/** Writes a file with mode 0644 or 0755 for every umask. */
export async function writeTo(
  path: string,
  { content, executable }: Omit<ArtefactFile, "path" | "origin">,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await ("from" in content ? copyFile(content.from, path) : writeFile(path, content.bytes));
  await chmod(path, executable === true ? 0o755 : 0o644);
}
