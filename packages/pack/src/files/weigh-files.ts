import type { ZipFile } from "../zip/zip.ts";
import type { FileGroup } from "./artefact-file.ts";
import { fingerprint } from "./content.ts";

/** A file of an artefact with its size, digest and origin. */
export interface WeighedFile extends ZipFile {
  readonly group: FileGroup["name"];
  readonly bytes: number;
  readonly origin: string;
}

/** Every file of the groups, sorted by path. */
export function weighGroups(groups: readonly FileGroup[]): WeighedFile[] {
  return groups
    .flatMap(({ name, files }) => files.map((file) => ({ ...file, ...fingerprint(file.content), group: name })))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
