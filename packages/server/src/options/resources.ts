import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** What the process may use: of the container where it has a limit, else of the machine. */
export interface Resources {
  readonly memoryBytes: number;
  /** May be a fraction, such as 0.5. */
  readonly cpus: number;
}

let known: Resources | undefined;

export function resources(): Resources {
  known ??= {
    memoryBytes: memoryLimit() ?? totalmem(),
    cpus: Math.min(cpuQuota() ?? Infinity, availableParallelism()),
  };
  return known;
}

/** What the container uses of its memory now, in bytes: more than this process, and what the limit counts. */
export function usedMemory(): number {
  return number(readText("/sys/fs/cgroup/memory.current")) ?? process.memoryUsage.rss();
}

/** docs.kernel.org/admin-guide/cgroup-v2: `max` is no limit. Version 1 says so with a number near 2 to the 63rd. */
function memoryLimit(): number | undefined {
  const limit =
    number(readText("/sys/fs/cgroup/memory.max")) ?? number(readText("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  return limit === undefined || limit > totalmem() ? undefined : limit;
}

function cpuQuota(): number | undefined {
  const [quota, period] = (readText("/sys/fs/cgroup/cpu.max") ?? "").split(" ");
  const perPeriod = number(quota);
  const length = number(period);
  return perPeriod === undefined || length === undefined ? undefined : perPeriod / length;
}

function number(text: string | undefined): number | undefined {
  const value = Number.parseInt(text ?? "", 10);
  return value > 0 ? value : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
