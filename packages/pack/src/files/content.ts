import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readFileChunks } from "../image/blob.ts";
import { digestOfStream, hexOf } from "../image/digest.ts";
import type { ArtefactFile, Content, FileGroup } from "./artefact-file.ts";
import { remember } from "./remember.ts";

export function readContent(content: Content): Uint8Array {
  return "from" in content ? readFileSync(content.from) : content.bytes;
}

export interface Fingerprint {
  readonly bytes: number;
  /** Hex digits. */
  readonly sha256: string;
}

/** By path, size and time of change: every artefact of a build has the runtime, which is read once. */
const known = new Map<string, Fingerprint>();

export function fingerprint(content: Content): Fingerprint {
  if ("bytes" in content) return { bytes: content.bytes.length, sha256: sha256(content.bytes) };
  const { size, mtimeMs, ctimeMs } = statSync(content.from);
  return remember(known, `${content.from} ${size} ${mtimeMs} ${ctimeMs}`, () => ({
    bytes: size,
    sha256: sha256(readFileSync(content.from)),
  }));
}

/** For a file that may be too large for memory. */
export async function fingerprintFile(path: string): Promise<Fingerprint> {
  const { digest, size } = await digestOfStream(readFileChunks(path));
  return { bytes: size, sha256: hexOf(digest) };
}

/** Hex digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A file of an artefact with its size, digest and origin. */
export interface WeighedFile extends ArtefactFile, Fingerprint {
  readonly group: FileGroup["name"];
}

/** Every file of the groups, sorted by path. */
export function weighGroups(groups: readonly FileGroup[]): WeighedFile[] {
  return groups
    .flatMap(({ name, files }) => files.map((file) => ({ ...file, ...fingerprint(file.content), group: name })))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
