import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

let space: string | undefined;

/** Names this process among all that may see the same folder, fit for a file's name: `PID-where its number counts`. */
export function processToken(): string {
  return `${process.pid}-${processSpace()}`;
}

/** Whether the process that a token names still runs; `undefined` where its number means nothing here. */
export function isAlive(token: string): boolean | undefined {
  const [, pid, where] = /^(\d+)-([0-9a-f]+)$/.exec(token) ?? [];
  if (pid === undefined || where !== processSpace()) return undefined;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Containers of one pod may share host name and folder, and count their processes apart: pid_namespaces(7). */
function processSpace(): string {
  space ??= createHash("sha256").update(`${hostname()}\0${bootId()}\0${namespace()}`).digest("hex").slice(0, 12);
  return space;
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  } catch {
    return "";
  }
}
