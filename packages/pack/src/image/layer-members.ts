import { stat } from "node:fs/promises";
import { TricastError } from "@tricast/core";
import type { ArtefactFile } from "../files/artefact-file.ts";
import type { TarMember } from "./tar/write-tar.ts";

export interface LayerOptions {
  /** The absolute folder of the image that the files go under. */
  readonly root: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, of every member. */
  readonly mtime: number;
}

/**
 * The members of a layer's tar: every parent folder once, then by the bytes of the name, so neither the order of the
 * files nor the disk they come from shows. Files are 0644 or 0755, folders 0755, whatever the umask was.
 * @throws {TricastError} `invalid-option` for a path that is not relative and plain, that comes twice, or that OCI
 * would read as a deletion (`.wh.`).
 */
export async function layerMembers(files: readonly ArtefactFile[], options: LayerOptions): Promise<TarMember[]> {
  const rootParts = options.root.split("/").filter(Boolean);
  const members = new Map<string, TarMember>();
  for (const file of files) {
    const parts = [...rootParts, ...partsOf(file.path)];
    for (let depth = 1; depth < parts.length; depth++) {
      addDirectory(members, `${parts.slice(0, depth).join("/")}/`, options);
    }
    const name = parts.join("/");
    if (members.has(name) || members.has(`${name}/`)) throw twice(file.path);
    members.set(name, await fileMember(name, file, options));
  }
  for (const name of members.keys()) if (name.endsWith("/") && members.has(name.slice(0, -1))) throw twice(name);
  return [...members.values()].sort((a, b) => Buffer.compare(Buffer.from(a.header.name), Buffer.from(b.header.name)));
}

function addDirectory(members: Map<string, TarMember>, name: string, { uid, gid, mtime }: LayerOptions): void {
  if (members.has(name)) return;
  members.set(name, { header: { name, type: "directory", size: 0, mode: 0o755, uid, gid, mtime } });
}

async function fileMember(name: string, file: ArtefactFile, { uid, gid, mtime }: LayerOptions): Promise<TarMember> {
  const { content } = file;
  const size = "bytes" in content ? content.bytes.length : (await stat(content.from)).size;
  const mode = file.executable === true ? 0o755 : 0o644;
  return { header: { name, type: "file", size, mode, uid, gid, mtime }, content };
}

function partsOf(path: string): string[] {
  const parts = path.split("/");
  const wrong = parts.find((part) => part === "" || part === "." || part === ".." || part.startsWith(".wh."));
  if (wrong === undefined && !path.includes("\0")) return parts;
  throw new TricastError(
    "invalid-option",
    `${JSON.stringify(path)} cannot be a file of an image: its path must be relative, without empty parts, ".", ".." and names that begin with ".wh.", which delete files of the layers below`,
  );
}

function twice(path: string): TricastError {
  return new TricastError("invalid-option", `${path} is in one layer twice, or is both a file and a folder`);
}

/** Links of merged-/usr bases, and folders whose own mode matters: a layer that names them as folders replaces them. */
const SYSTEM_FOLDERS = ["bin", "dev", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "tmp"];

/** @throws {TricastError} `invalid-option` for a root that is relative, is `/`, or is a folder of the system's own. */
export function checkRoot(root: string): void {
  const parts = root.split("/").slice(1);
  const isPlain = root.startsWith("/") && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (isPlain && !SYSTEM_FOLDERS.includes(parts[0] as string)) return;
  throw new TricastError(
    "invalid-option",
    `root ${JSON.stringify(root)} cannot hold the files of an image: give an absolute folder such as "/app", outside of /${SYSTEM_FOLDERS.join(", /")}`,
  );
}
