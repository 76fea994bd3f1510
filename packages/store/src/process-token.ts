import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

let host: string | undefined;

/** Names this process among all that may see the same folder: `PID@where its number counts`. */
export function processToken(): string {
  return `${process.pid}@${processSpace()}`;
}

/** Whether the process that a token names still runs; `undefined` where its number means nothing here. */
export function isAlive(token: string): boolean | undefined {
  const [, pid, space] = /^(\d+)@(.*)$/.exec(token) ?? [];
  if (pid === undefined || space !== processSpace()) return undefined;
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
  host ??= [hostname(), bootOf(), namespaceOf()].filter(Boolean).join(" ").replaceAll("/", "_");
  return host;
}

function namespaceOf(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
