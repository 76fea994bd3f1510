import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** A folder as lines, one per file, folder and link: kind, mode, owner, path and the digest of the content. */
export function snapshot(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) return `link ${name} -> ${readlinkSync(path)}`;
    if (stat.isDirectory()) return `folder ${mode} ${stat.uid}:${stat.gid} ${name}`;
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
    return `file ${mode} ${stat.uid}:${stat.gid} ${name} ${digest}`;
  });
}
