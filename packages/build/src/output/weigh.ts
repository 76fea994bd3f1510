import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FileGroup } from "../files.ts";
import type { ZipFile } from "../zip/zip.ts";

/** A file of an artefact with its content and what is said of it. */
export interface WeighedFile extends ZipFile {
  readonly group: FileGroup["name"];
  readonly bytes: number;
  readonly sha256: string;
  readonly origin: string;
}

/** Reads every file of the groups, sorted by path. */
export function weighGroups(groups: readonly FileGroup[]): WeighedFile[] {
  return groups
    .flatMap(({ name, files }) =>
      files.map(({ path, content, executable, origin }): WeighedFile => {
        const bytes = "from" in content ? readFileSync(content.from) : content.bytes;
        return { path, content: bytes, executable, group: name, bytes: bytes.length, sha256: sha256(bytes), origin };
      }),
    )
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** Hex digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
