import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Mount {
  readonly from: string;
  readonly to: string;
}

/**
 * A command line that runs the rest of it in a root of its own, as functions run: the system's programs, these folders
 * where the platform has them, everything read-only, and an empty `/tmp` to write to. Nothing else of this machine is
 * there, so a file that the artefact lacks is missing.
 */
export function readOnlyPlace(mounts: readonly Mount[], cwd: string): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), "tricast-root-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  const script = [
    "set -e",
    "mount --make-rprivate /",
    `mount -t tmpfs -o mode=755 tmpfs ${quote(root)}`,
    // First of all, so that it does not hide a Node that lies in /tmp itself.
    `mkdir -p ${quote(`${root}/tmp`)}`,
    `mount -t tmpfs -o mode=1777 tmpfs ${quote(`${root}/tmp`)}`,
    ...[...systemFolders(), ...mounts].flatMap(({ from, to }) => bind(from, root + to)),
    ...["/proc", "/dev"].flatMap((path) => [
      `mkdir -p ${quote(root + path)}`,
      `mount --rbind ${path} ${quote(root + path)}`,
    ]),
    `mount -o remount,ro ${quote(root)}`,
    `exec chroot ${quote(root)} /bin/sh -c 'cd "$0" && exec "$@"' ${quote(cwd)} "$@"`,
  ];
  return [...UNSHARE, "sh", "-c", script.join("\n"), "sh"];
}

/** Root needs no user namespace; anybody else gets one where the system allows it. */
const UNSHARE = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--mount"];

/** Whether this machine can make such a place: Linux with unshare, and the right to use it. */
export function canMakePlaces(): boolean {
  return spawnSync(UNSHARE[0] as string, [...UNSHARE.slice(1), "true"]).status === 0;
}

function systemFolders(): Mount[] {
  const folders = ["/usr", "/lib", "/lib64", "/bin", dirname(process.execPath)];
  return folders.map((path) => ({ from: path, to: path }));
}

/** Folders that are links, as /lib is on most systems, become links. */
function bind(from: string, to: string): string[] {
  const stats = lstatSync(from, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isSymbolicLink()) return [`ln -s ${quote(readlinkSync(from))} ${quote(to)}`];
  return [`mkdir -p ${quote(to)}`, `mount --bind ${quote(from)} ${quote(to)}`, `mount -o remount,bind,ro ${quote(to)}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
