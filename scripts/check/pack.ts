import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, ROOT, type WorkspacePackage } from "./repository.ts";
import { capture } from "./run.ts";

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface PackedPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folder with exactly what is published. */
  readonly staged: string;
  readonly tarball: string;
  readonly files: readonly PackedFile[];
  readonly unpackedBytes: number;
}

/** Lays out what is published of a built package under `into` and packs it; `undefined` when npm refuses. */
export function packPackage({ folder, path, manifest }: WorkspacePackage, into: string): PackedPackage | undefined {
  const staged = join(into, folder);
  mkdirSync(staged, { recursive: true });
  for (const entry of manifest.files ?? []) cpSync(join(path, entry), join(staged, entry), { recursive: true });
  cpSync(join(path, "README.md"), join(staged, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(staged, "LICENSE"));
  const published = toPublished(manifest);
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  const printed = capture("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], { cwd: staged });
  if (printed === undefined) return undefined;
  const packed = onlyEntry(JSON.parse(printed) as NpmPacked[] | Record<string, NpmPacked>);
  return {
    folder,
    manifest: published,
    staged,
    tarball: join(into, packed.filename),
    files: packed.files,
    unpackedBytes: packed.unpackedSize,
  };
}

interface NpmPacked {
  readonly filename: string;
  readonly files: readonly PackedFile[];
  readonly unpackedSize: number;
}

/** npm prints an array up to version 11 and a record by package name after. */
function onlyEntry(printed: NpmPacked[] | Record<string, NpmPacked>): NpmPacked {
  return Object.values(printed)[0] as NpmPacked;
}

/** The manifest without the condition that finds our sources, which are not published. */
function toPublished(manifest: Manifest): Manifest {
  const entries = Object.entries(manifest.exports ?? {}).map(([path, target]) => {
    if (typeof target === "string") return [path, target] as const;
    const { "@tricast/source": _source, ...published } = target;
    return [path, published] as const;
  });
  const { scripts: _scripts, devDependencies: _devDependencies, ...rest } = manifest;
  return { ...rest, exports: Object.fromEntries(entries) };
}
