import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extract, list } from "tar";
import { copyWorkspace } from "./copy-workspace.ts";
import { dependencyOrder, type Manifest, workspacePackages } from "./repository.ts";
import { output } from "./run.ts";

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** A packed package. */
export interface PackedPackage {
  /** Folder name under packages/. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly tarball: string;
  readonly files: readonly PackedFile[];
  readonly unpackedBytes: number;
  /** Folder with the files of the tarball. */
  readonly unpacked: string;
}

/**
 * Runs `npm pack` in the folder of every package, or of these, in a copy of the workspace under `scratch`. A package
 * comes after its dependencies. Returns `undefined`, and prints npm's messages, if one cannot be packed.
 */
export function packPackages(scratch: string, folders?: readonly string[]): readonly PackedPackage[] | undefined {
  const copy = join(scratch, "workspace");
  const tarballs = join(scratch, "tarballs");
  mkdirSync(tarballs, { recursive: true });
  copyWorkspace(copy);
  const packed: PackedPackage[] = [];
  for (const { folder, manifest } of dependencyOrder(workspacePackages())) {
    if (folders !== undefined && !folders.includes(folder)) continue;
    const cwd = join(copy, "packages", folder);
    const { status, text } = output("npm", ["pack", "--pack-destination", tarballs], { cwd, env: NOT_A_SCRIPT });
    if (status !== 0) {
      console.log(`npm pack failed in packages/${folder}\n${text}`);
      return undefined;
    }
    const name = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    packed.push(readPacked(folder, join(tarballs, name), join(scratch, "unpacked", folder)));
  }
  return packed;
}

/** Settings that npm passes to the processes of its scripts. Another npm must not use them. */
export const NOT_A_SCRIPT = {
  npm_command: undefined,
  npm_config_dry_run: undefined,
  npm_config_engine_strict: undefined,
  npm_config_ignore_scripts: undefined,
};

function readPacked(folder: string, tarball: string, unpacked: string): PackedPackage {
  const files: PackedFile[] = [];
  list({
    file: tarball,
    sync: true,
    onReadEntry: ({ path, size }) => files.push({ path: path.slice("package/".length), size }),
  });
  mkdirSync(unpacked, { recursive: true });
  extract({ file: tarball, cwd: unpacked, strip: 1, sync: true });
  return {
    folder,
    manifest: JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as Manifest,
    tarball,
    files,
    unpackedBytes: files.reduce((sum, { size }) => sum + size, 0),
    unpacked,
  };
}
