import { readSync } from "node:fs";
import type { ModelFile } from "./locate.ts";
import { withFile } from "./with-file.ts";

/** Below this a graph has no operator large enough to be worth waking a second thread for. */
const THREADABLE_BYTES = 4 * 2 ** 20;
const SCANNED_BYTES = 65_536;
/** The start of `TreeEnsemble`, `TreeEnsembleClassifier` and `TreeEnsembleRegressor`. */
const TREES = "TreeEnsemble";

/**
 * Whether a model may run on more than one thread.
 *
 * A tree ensemble may not: the runtime gives each thread some of the trees and adds up what they found, so the number of
 * threads decides the order of a float sum, and one model would answer differently on two clouds. Matrix products are
 * split by rows and columns of the result and are the same on any number of threads.
 */
export function isThreadable(file: ModelFile): boolean {
  return file.bytes >= THREADABLE_BYTES && !hasTrees(file);
}

/**
 * Whether a model has tree ensembles. An operator's type is written before its attributes, so a forest names itself in the
 * first bytes of its graph.
 */
export function hasTrees({ path, bytes, content }: ModelFile): boolean {
  if (content !== undefined) {
    const ends = [content.subarray(0, SCANNED_BYTES), content.subarray(-SCANNED_BYTES)];
    return ends.some((end) => Buffer.from(end.buffer, end.byteOffset, end.byteLength).includes(TREES, 0, "latin1"));
  }
  const buffer = Buffer.alloc(SCANNED_BYTES);
  return withFile(path, (descriptor) =>
    [0, Math.max(0, bytes - SCANNED_BYTES)].some((start) => {
      const length = readSync(descriptor, buffer, 0, SCANNED_BYTES, start);
      return buffer.subarray(0, length).includes(TREES, 0, "latin1");
    }),
  );
}
