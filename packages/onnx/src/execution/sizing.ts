import { totalmem } from "node:os";
import type { ModelFile } from "../locate.ts";

/** Workers that are made without being asked for. */
const MOST_AUTO = 8;
/** Share of the memory that sessions may take, and how much one takes for each byte of its file. */
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
  /** What was asked for. */
  readonly workers: number | undefined;
  readonly intraOpNumThreads: number | undefined;
  /** Bytes that this process may use. */
  readonly memory?: number;
}

/**
 * Threads inside one run serve a lone request as well as many, and need one session, so a model that can use them has one
 * worker with all processors. Any other has one worker for each, as far as memory goes.
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

/** A mapped file is in memory once, however many sessions use it where it lies. */
function fittingIn(memory: number, { bytes, format, content }: ModelFile): number {
  if (format === "ort" && content === undefined) return MOST_AUTO;
  return Math.floor((memory * MEMORY_SHARE) / (bytes * BYTES_PER_BYTE));
}

/** `constrainedMemory` is 0, or more than the memory, where no cgroup sets a limit (Node.js, process). */
function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
