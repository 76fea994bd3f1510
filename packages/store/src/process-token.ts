import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "./error-codes.ts";

let space: string | undefined;

/** Identifies this process among all that use the same folder: `PID-SPACE`, valid in a file's name. */
export function processToken(): string {
  return `${process.pid}-${processSpace()}`;
}

/** Whether the process of a token still runs. `undefined` if it is on another machine or in another container. */
export function isAlive(token: string): boolean | undefined {
  const [, pid, where] = /^(\d+)-([0-9a-f]+)$/.exec(token) ?? [];
  if (pid === undefined || where !== processSpace()) return undefined;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    // EPERM: the process runs as another user.
    return systemCode(error) === "EPERM";
  }
}

/** Containers of one pod may share host name and folder, but each numbers its own processes: pid_namespaces(7). */
function processSpace(): string {
  if (space !== undefined) return space;
  const boot = emptyIfAbsent(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const namespace = emptyIfAbsent(() => readlinkSync("/proc/self/ns/pid"));
  const names = `${hostname()}\0${boot}\0${namespace}`;
  space = createHash("sha256").update(names).digest("hex").slice(0, 12);
  return space;
}

/** Only Linux has these files. */
function emptyIfAbsent(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
