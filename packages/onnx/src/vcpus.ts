import { existsSync, readFileSync } from "node:fs";

/** The inputs of {@link readVcpus}; tests replace them. */
export interface VcpuSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: () => number;
  /** The text of a file; `undefined` for a file that does not exist. */
  readonly read: (path: string) => string | undefined;
}

/** Lambda gives one vCPU per 1,769 MB (AWS Lambda developer guide, "Configure Lambda function memory"). */
const LAMBDA_MB_PER_VCPU = 1769;

/**
 * The number of processors that this process may use: from the platform's variable, else the cgroup quota, else the number
 * of processors. Quotas may be fractions.
 */
export function readVcpus({ env, processors, read }: VcpuSource = THIS_PROCESS): number {
  const lambdaMb = Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  const granted = lambdaMb > 0 ? lambdaMb / LAMBDA_MB_PER_VCPU : cgroupQuota(read);
  return granted < 1 ? granted : Math.min(granted, processors());
}

/** Processors granted by the strictest cgroup of this process; infinity without a quota. */
function cgroupQuota(read: VcpuSource["read"]): number {
  const membership = read("/proc/self/cgroup") ?? "";
  const quotas: number[] = [];
  for (const line of membership.split("\n")) {
    // hierarchy-id:controllers:path (cgroups(7), /proc/pid/cgroup); a path may contain colons.
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (id === "0") quotas.push(strictest(path, (folder) => v2Quota(read, `/sys/fs/cgroup${folder}`)));
    else if (controllers?.split(",").includes("cpu"))
      quotas.push(strictest(path, (folder) => v1Quota(read, `/sys/fs/cgroup/cpu${folder}`)));
  }
  return Math.min(...quotas);
}

/**
 * The smallest quota of a cgroup and its ancestors, which all limit it. In a container the path may be the host's, whose
 * folders are missing here, while the root is the container's own. A missing folder does not set a limit.
 */
function strictest(path: string, quotaOf: (folder: string) => number): number {
  let quota = quotaOf("");
  for (let end = path.length; end > 1; end = path.lastIndexOf("/", end - 1)) {
    quota = Math.min(quota, quotaOf(path.slice(0, end)));
  }
  return quota;
}

/** `cpu.max` is `$MAX $PERIOD` in microseconds, `max` for no limit (Linux, Documentation/admin-guide/cgroup-v2.rst). */
function v2Quota(read: VcpuSource["read"], folder: string): number {
  const [max, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
  return share(max, period);
}

/** `cpu.cfs_quota_us` is -1 for no limit (Linux, Documentation/scheduler/sched-bwc.rst). */
function v1Quota(read: VcpuSource["read"], folder: string): number {
  return share(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
}

function share(quota: string | undefined, period: string | undefined): number {
  const value = Number(quota) / Number(period);
  return value > 0 ? value : Infinity;
}

const THIS_PROCESS: VcpuSource = {
  env: process.env,
  // Not an import: a bundle would load the module at start, and a small Lambda function does not use it.
  processors: () => process.getBuiltinModule("node:os").availableParallelism(),
  read: (path) => {
    try {
      // Often the file does not exist, and creating an error takes longer than checking.
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    } catch {
      return undefined;
    }
  },
};
