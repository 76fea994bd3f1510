import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** The resources of the process: the limits of its container, or those of the machine without limits. */
export interface Resources {
  /** At most twice V8's heap, which holds the values of requests. Node derives the heap from the container's memory too. */
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** Node applies the limits of a cgroup (docs.libuv.org: uv_available_parallelism, uv_get_constrained_memory). */
export function resources(): Resources {
  const limit = process.constrainedMemory();
  const { heap_size_limit: heap } = process.getBuiltinModule("node:v8").getHeapStatistics();
  const memoryBytes = Math.min(limit > 0 ? limit : Number.POSITIVE_INFINITY, totalmem(), 2 * heap);
  return { memoryBytes, cpus: availableParallelism() };
}

/** Memory for the bodies of all requests, as sent and inflated. The model and the process itself take most of the rest. */
export function bodyMemory({ memoryBytes }: Pick<Resources, "memoryBytes">): number {
  return Math.floor(memoryBytes / 8);
}

/** Memory for the values that are made from the bodies of all running predictions. */
export function valueMemory({ memoryBytes }: Pick<Resources, "memoryBytes">): number {
  return Math.floor(memoryBytes / 4);
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
