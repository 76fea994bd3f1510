import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionOptions } from "../src/session-options.ts";
import { readVcpus, type VcpuSource } from "../src/vcpus.ts";

/** A machine made of files, by path. */
function machine(files: Record<string, string>, processors = 8, env: Record<string, string> = {}): VcpuSource {
  return { env, processors: () => processors, read: (path) => files[path] };
}

const vcpus = (files: Record<string, string>, processors?: number, env?: Record<string, string>): number =>
  readVcpus(machine(files, processors, env));

test("without a quota the processors count", () => {
  assert.equal(vcpus({}), 8);
  assert.equal(vcpus({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" }), 8);
  assert.equal(vcpus({ "/proc/self/cgroup": "garbage\n0::\n:::\n" }), 8);
});

test("a cgroup v2 quota counts, in a container and in a nested group", () => {
  assert.equal(vcpus({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n" }), 1.5);
  const nested = {
    "/proc/self/cgroup": "0::/a.slice/b:c.scope\n",
    "/sys/fs/cgroup/a.slice/cpu.max": "200000 100000\n",
    "/sys/fs/cgroup/a.slice/b:c.scope/cpu.max": "max 100000\n",
  };
  assert.equal(vcpus(nested), 2);
  assert.equal(vcpus({ ...nested, "/sys/fs/cgroup/a.slice/b:c.scope/cpu.max": "25000 50000\n" }), 0.5);
});

test("a container that shows the host's group path still reads its own root", () => {
  const files = { "/proc/self/cgroup": "0::/kubepods/pod1/x\n", "/sys/fs/cgroup/cpu.max": "50000 100000\n" };
  assert.equal(vcpus(files), 0.5);
});

test("a cgroup v1 quota counts, and -1 is no quota", () => {
  const v1 = (quota: string): Record<string, string> => ({
    "/proc/self/cgroup": "11:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n0::/\n",
    "/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us": quota,
    "/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us": "100000\n",
  });
  assert.equal(vcpus(v1("250000\n")), 2.5);
  assert.equal(vcpus(v1("-1\n")), 8);
});

test("on Lambda the memory size decides, without a look at cgroups", () => {
  const source: VcpuSource = {
    env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769" },
    processors: () => 2,
    read: (path) => assert.fail(`read ${path}`),
  };
  assert.equal(readVcpus(source), 1);
  assert.equal(vcpus({}, 6, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "10240" }), 10240 / 1769);
  assert.equal(vcpus({}, 2, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "10240" }), 2);
});

test("this machine has a place", () => {
  assert.ok(readVcpus() > 0);
});

const threads = (share: number): number | undefined =>
  sessionOptions({ vcpus: share, format: "onnx", openSessions: 0 }).intraOpNumThreads;

test("one thread below two whole processors, else one per whole processor", () => {
  assert.deepEqual([0.25, 1, 1.99, 2, 3.7, 8].map(threads), [1, 1, 1, 2, 3, 8]);
});

test("a single session of an ONNX file gets the plain defaults", () => {
  assert.deepEqual(sessionOptions({ vcpus: 1, format: "onnx", openSessions: 0 }), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    logSeverityLevel: 4,
    extra: {},
  });
});

test("sessions that share a process do not spin", () => {
  const { extra } = sessionOptions({ vcpus: 4, format: "onnx", openSessions: 1 });
  assert.deepEqual(extra, { "session.intra_op.allow_spinning": "0" });
});

test("an ORT file is memory-mapped", () => {
  const { extra } = sessionOptions({ vcpus: 1, format: "ort", openSessions: 0 });
  assert.deepEqual(extra, {
    "session.use_memory_mapped_ort_model": "1",
    "session.use_ort_model_bytes_for_initializers": "1",
  });
});

test("the user's options win", () => {
  const user = {
    intraOpNumThreads: 3,
    interOpNumThreads: 2,
    graphOptimizationLevel: "basic",
    executionMode: "parallel",
    logSeverityLevel: 2,
    config: { "session.intra_op.allow_spinning": "1", "session.disable_prepacking": "1" },
  } as const;
  const { config, ...rest } = user;
  assert.deepEqual(sessionOptions({ vcpus: 1, format: "onnx", openSessions: 1 }, user), { ...rest, extra: config });
});
