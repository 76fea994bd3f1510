import { totalmem } from "node:os";
import type { ModelFile } from "../locate.ts";

/** Most workers without an explicit setting. */
const MOST_AUTO = 8;
/** Share of the memory for sessions, and the memory of a session for each byte of its file. */
const MEMORY_SHARE = 1 / 4;
const BYTES_PER_BYTE = 2;

export interface Sizing {
  readonly workers: number;
  readonly intraOpNumThreads: number;
}

export interface SizingQuestion {
  readonly file: ModelFile;
  readonly vcpus: number;
  /** Whether one run may use several threads; see `isThreadable`. */
  readonly threadable: boolean;
  /** The explicit settings. */
  readonly workers: number | undefined;
  readonly intraOpNumThreads: number | undefined;
  /** Bytes that this process may use. */
  readonly memory?: number;
}

/**
 * Threads inside one run make single requests faster too, and need only one session. Therefore a model that gains from
 * them has one worker with all processors. Any other model has one worker per processor, within the memory limit.
 */
export function sizeOf({ file, vcpus, threadable, memory = usableMemory(), ...asked }: SizingQuestion): Sizing {
  const processors = Math.max(1, Math.floor(vcpus));
  const share = Math.max(1, Math.floor(processors / (asked.workers ?? 1)));
  const intraOpNumThreads = asked.intraOpNumThreads ?? (threadable ? share : 1);
  if (asked.workers !== undefined) return { workers: asked.workers, intraOpNumThreads };
  const byProcessors = intraOpNumThreads === 0 ? 1 : Math.floor(processors / intraOpNumThreads);
  const workers = Math.max(1, Math.min(byProcessors, MOST_AUTO, fittingIn(memory, file)));
  return { workers, intraOpNumThreads };
}

/** A mapped file is in memory once for all sessions. */
function fittingIn(memory: number, { bytes, format, content }: ModelFile): number {
  if (format === "ort" && content === undefined) return MOST_AUTO;
  return Math.floor((memory * MEMORY_SHARE) / (bytes * BYTES_PER_BYTE));
}

/** Without a limit by a cgroup, `constrainedMemory` is 0 or more than the memory (Node.js, process). */
function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
