import { existsSync, readFileSync } from "node:fs";

/** Where {@link readVcpus} looks; tests make these up. */
export interface VcpuSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: () => number;
  /** The text of a file, or `undefined` when there is none. */
  readonly read: (path: string) => string | undefined;
}

/** Lambda gives one vCPU per 1,769 MB (AWS Lambda developer guide, "Configure Lambda function memory"). */
const LAMBDA_MB_PER_VCPU = 1769;

/**
 * How many processors' time this process may use, by the platform's own statement, else the cgroup quota, else the number
 * of processors. Quotas make fractions.
 */
export function readVcpus({ env, processors, read }: VcpuSource = THIS_PROCESS): number {
  const lambdaMb = Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  const granted = lambdaMb > 0 ? lambdaMb / LAMBDA_MB_PER_VCPU : cgroupQuota(read);
  return granted < 1 ? granted : Math.min(granted, processors());
}

/** Processors granted by the tightest cgroup this process is in; infinity where none sets a quota. */
function cgroupQuota(read: VcpuSource["read"]): number {
  const membership = read("/proc/self/cgroup") ?? "";
  let quota = Infinity;
  for (const line of membership.split("\n")) {
    const [id, controllers, path] = splitCgroupLine(line);
    if (path === undefined) continue;
    if (id === "0")
      quota = Math.min(
        quota,
        tightest(path, (folder) => v2Quota(read, `/sys/fs/cgroup${folder}`)),
      );
    else if (controllers?.split(",").includes("cpu")) {
      quota = Math.min(
        quota,
        tightest(path, (folder) => v1Quota(read, `/sys/fs/cgroup/cpu${folder}`)),
      );
    }
  }
  return quota;
}

/** `hierarchy-id:controllers:path` (cgroups(7), /proc/pid/cgroup); a path may hold colons. */
function splitCgroupLine(line: string): [string?, string?, string?] {
  const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
  return match === null ? [] : [match[1], match[2], match[3]];
}

/**
 * The least quota on the way from a cgroup to the root: every ancestor limits too. In a container the path may be the
 * host's and its folders missing here, while the root is the container's own; a missing folder sets no limit.
 */
function tightest(path: string, quotaOf: (folder: string) => number): number {
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
  // Not an import: a bundle would load it at start, and a small Lambda function never asks.
  processors: () => process.getBuiltinModule("node:os").availableParallelism(),
  read: (path) => {
    try {
      // Most of these files are missing somewhere, and making an error takes longer than looking.
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    } catch {
      return undefined;
    }
  },
};
