import type { NativeSessionOptions } from "./binding.ts";
import type { VariantSession } from "./optimized/record.ts";

/** How ONNX Runtime runs one model. Options that are left out are chosen by the processors that the process may use. */
export interface OnnxSessionOptions {
  /**
   * Threads inside one operator. Default: one per whole vCPU for a model that gains from them, else 1: below two vCPUs,
   * for files under 4 MiB, and for tree ensembles, whose sums depend on the number of threads.
   */
  readonly intraOpNumThreads?: number;
  /** Threads over operators, with `executionMode: "parallel"`. Default 1. */
  readonly interOpNumThreads?: number;
  /** Default `"all"`, and what its record says for an optimised form. */
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "layout" | "all";
  /** Default `"sequential"`. */
  readonly executionMode?: "sequential" | "parallel";
  /** What the runtime itself prints to standard error: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal. Default 4: errors are thrown. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Session configuration entries by full key, such as `"session.disable_prepacking": "1"`. They win over the chosen ones. */
  readonly config?: Readonly<Record<string, string>>;
}

/** What is to be loaded, and beside how many others. */
export interface SessionSetting {
  /** Processors that this process may use. */
  readonly vcpus: number;
  readonly format: "onnx" | "ort";
  /** Sessions already open in this process. */
  readonly openSessions: number;
  /** What an optimised form must be loaded with. */
  readonly made?: VariantSession | undefined;
}

const PRINT_FATAL = 4;

/**
 * A pool of threads pays off from two whole processors on; below, its threads are throttled together and stall
 * (docs: performance). Idle threads spin for the next operator, which takes time from other sessions.
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
 * An ORT-format file is mapped, and its weights are used where they lie, instead of being copied twice. The file must
 * stay as it is while the session is open: replace it by another file, and do not write into it.
 */
function memoryMapping({ format }: SessionSetting): Record<string, string> {
  if (format !== "ort") return {};
  return { "session.use_memory_mapped_ort_model": "1", "session.use_ort_model_bytes_for_initializers": "1" };
}
