import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** The resources of the process: the limits of its container, or those of the machine without limits. */
export interface Resources {
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** Node applies the limits of a cgroup (docs.libuv.org: uv_available_parallelism, uv_get_constrained_memory). */
export function resources(): Resources {
  const limit = process.constrainedMemory();
  const machine = totalmem();
  return { memoryBytes: limit > 0 ? Math.min(limit, machine) : machine, cpus: availableParallelism() };
}

/** Free memory in bytes. A cgroup counts cached files as used, but the kernel frees them when needed. */
export function availableMemory(): number {
  const isLimited = process.constrainedMemory() < totalmem();
  return process.availableMemory() + (isLimited ? cachedFiles() : 0);
}

/** docs.kernel.org/admin-guide/cgroup-v2, memory.stat. */
function cachedFiles(): number {
  try {
    const stat = readFileSync("/sys/fs/cgroup/memory.stat", "utf8");
    return Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
