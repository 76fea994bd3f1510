import type { NativeSessionOptions } from "./binding.ts";
import type { VariantSession } from "./optimized/record.ts";

/** How ONNX Runtime runs one model. Defaults depend on the processors that the process may use. */
export interface OnnxSessionOptions {
  /**
   * Threads inside one operator. Default: one per whole vCPU for a model that gains from them, else 1: below two vCPUs,
   * for files under 4 MiB, and for tree ensembles, whose sums depend on the number of threads.
   */
  readonly intraOpNumThreads?: number;
  /** Threads over operators, with `executionMode: "parallel"`. Default 1. */
  readonly interOpNumThreads?: number;
  /** Default `"all"`; for an optimised form, the level in its record. */
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "layout" | "all";
  /** Default `"sequential"`. */
  readonly executionMode?: "sequential" | "parallel";
  /** Messages that the runtime prints to standard error: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal. Default 4: errors are thrown. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Session configuration entries by full key, such as `"session.disable_prepacking": "1"`. They override the defaults. */
  readonly config?: Readonly<Record<string, string>>;
}

/** The model to load, and the number of other sessions. */
export interface SessionSetting {
  /** Processors that this process may use. */
  readonly vcpus: number;
  readonly format: "onnx" | "ort";
  /** Sessions already open in this process. */
  readonly openSessions: number;
  /** Settings that an optimised form must be loaded with. */
  readonly made?: VariantSession | undefined;
}

const PRINT_FATAL = 4;

/**
 * A pool of threads is faster from two whole processors on. Below, its threads are throttled together and stall.
 * Idle threads spin for the next operator, which takes time from other sessions.
 */
export function sessionOptions(setting: SessionSetting, user: OnnxSessionOptions = {}): NativeSessionOptions {
  return {
    intraOpNumThreads: user.intraOpNumThreads ?? (setting.vcpus < 2 ? 1 : Math.floor(setting.vcpus)),
    interOpNumThreads: user.interOpNumThreads ?? 1,
    graphOptimizationLevel: user.graphOptimizationLevel ?? setting.made?.graphOptimizationLevel ?? "all",
    executionMode: user.executionMode ?? "sequential",
    logSeverityLevel: user.logSeverityLevel ?? PRINT_FATAL,
    extra: { ...spinning(setting), ...memoryMapping(setting), ...setting.made?.config, ...user.config },
  };
}

function spinning({ openSessions }: SessionSetting): Record<string, string> {
  return openSessions > 0 ? { "session.intra_op.allow_spinning": "0" } : {};
}

/**
 * An ORT-format file is mapped, and its weights are used in place instead of being copied twice. While the session is
 * open, do not write into the file: replace it by another file.
 */
function memoryMapping({ format }: SessionSetting): Record<string, string> {
  if (format !== "ort") return {};
  return { "session.use_memory_mapped_ort_model": "1", "session.use_ort_model_bytes_for_initializers": "1" };
}
