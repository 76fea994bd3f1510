import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileGroup } from "./artefact-file.ts";

/** Lays files out as the platform does, to run them once. Large ones are links, because nothing here writes to them. */
export async function layOut(folder: string, groups: readonly FileGroup[]): Promise<void> {
  for (const { path, content, executable } of groups.flatMap(({ files }) => files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if ("from" in content && !/\.[cm]?js(on)?$/.test(path)) await symlink(content.from, file);
    else if ("from" in content) await copyFile(content.from, file);
    else await writeFile(file, content.bytes);
    if (executable === true) await chmod(file, 0o755);
  }
}
