import { readPart } from "../with-file.ts";

/** Enough for the lines of the first processor, of possibly hundreds. */
const HEAD_BYTES = 8192;

/**
 * The kind of processor that decides which float kernels and layouts of weights ONNX Runtime uses
 * (onnxruntime/core/mlas/lib/platform.cpp); `undefined` where the system does not report it.
 *
 * @param read Returns the text of `/proc/cpuinfo`; tests replace it.
 */
export function cpuKind(arch: string = process.arch, read = readCpuInfo): CpuKind | undefined {
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
  try {
    return readPart("/proc/cpuinfo", 0, HEAD_BYTES).toString("latin1");
  } catch {
    return undefined;
  }
}
