import { stat } from "node:fs/promises";
import { invalidOption } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import type { TarMember } from "./tar/write-tar.ts";

export interface LayerOptions {
  /** The absolute folder of the files in the image. */
  readonly root: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, of every member. */
  readonly mtime: number;
}

/**
 * The members of a layer's tar: every parent folder once, sorted by the bytes of their names. The result does not depend
 * on the order of `files`, on the disk or on the umask. Files have mode 0644 or 0755, folders 0755.
 * @throws {TricastError} `invalid-option` for a path that is not relative and plain, that occurs twice, or that OCI
 * reads as a deletion (`.wh.`).
 */
export async function layerMembers(files: readonly ArtefactFile[], options: LayerOptions): Promise<TarMember[]> {
  const { root, uid, gid, mtime } = options;
  const rootParts = root.split("/").filter(Boolean);
  const members = new Map<string, TarMember>();
  for (const file of files) {
    const parts = [...rootParts, ...partsOf(file.path)];
    for (let depth = 1; depth < parts.length; depth++) {
      const name = `${parts.slice(0, depth).join("/")}/`;
      members.set(name, { header: { name, type: "directory", size: 0, mode: 0o755, uid, gid, mtime } });
    }
    const name = parts.join("/");
    if (members.has(name)) throw twice(file.path);
    members.set(name, await fileMember(name, file, options));
  }
  for (const name of members.keys()) if (members.has(`${name}/`)) throw twice(name);
  return [...members.values()].sort((a, b) => Buffer.compare(Buffer.from(a.header.name), Buffer.from(b.header.name)));
}

async function fileMember(name: string, file: ArtefactFile, { uid, gid, mtime }: LayerOptions): Promise<TarMember> {
  const { content } = file;
  const size = "bytes" in content ? content.bytes.length : (await stat(content.from)).size;
  const mode = file.executable === true ? 0o755 : 0o644;
  return { header: { name, type: "file", size, mode, uid, gid, mtime }, content };
}

function partsOf(path: string): string[] {
  const parts = path.split("/");
  if (parts.every((part) => isPlain(part) && !part.startsWith(".wh.")) && !path.includes("\0")) return parts;
  throw invalidOption(
    `${JSON.stringify(path)} cannot be a file of an image: its path must be relative, without empty parts, ".", ".." and names that begin with ".wh.", which delete files of the layers below`,
  );
}

function isPlain(part: string): boolean {
  return part !== "" && part !== "." && part !== "..";
}

function twice(path: string) {
  return invalidOption(`${path} is in one layer twice, or is both a file and a folder; rename one`);
}

/** Links of merged-/usr bases, and folders with a special mode. A layer that lists one as a folder replaces it. */
const SYSTEM_FOLDERS = ["bin", "dev", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "tmp"];

/** @throws {TricastError} `invalid-option` for a root that is relative, is `/`, or is a folder of the system. */
export function checkRoot(root: string): void {
  const [first, ...parts] = root.split("/");
  if (first === "" && parts.length > 0 && parts.every(isPlain) && !SYSTEM_FOLDERS.includes(parts[0] as string)) return;
  throw invalidOption(
    `root ${JSON.stringify(root)} cannot hold the files of an image: give an absolute folder such as "/app", outside /${SYSTEM_FOLDERS.join(", /")}`,
  );
}
