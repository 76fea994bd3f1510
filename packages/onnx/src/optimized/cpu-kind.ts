import { readSync } from "node:fs";
import { withFile } from "../with-file.ts";

/** One processor's lines fit in this; there may be hundreds of processors. */
const HEAD_BYTES = 8192;

/**
 * The kind of processor, as far as ONNX Runtime chooses its float kernels and the layouts of their weights by it
 * (onnxruntime/core/mlas/lib/platform.cpp); `undefined` where the system does not tell.
 *
 * @param read gives the text of `/proc/cpuinfo`; tests make it up.
 */
export function cpuKind(
  arch: string = process.arch,
  read: () => string | undefined = readCpuInfo,
): CpuKind | undefined {
  const text = read();
  const line = text === undefined ? undefined : /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const flags = new Set(line.trim().split(/\s+/));
  if (arch === "arm64") return flags.has("sme") ? "sme" : "neon";
  if (arch !== "x64") return undefined;
  if (flags.has("avx512f")) return "avx512f";
  return flags.has("avx2") && flags.has("fma") ? "avx2" : flags.has("avx") ? "avx" : "sse2";
}

export type CpuKind = "avx512f" | "avx2" | "avx" | "sse2" | "neon" | "sme";

function readCpuInfo(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  try {
    return head.toString(
      "latin1",
      0,
      withFile("/proc/cpuinfo", (descriptor) => readSync(descriptor, head)),
    );
  } catch {
    return undefined;
  }
}
