import type { ModelFile } from "./locate.ts";
import { readPart } from "./with-file.ts";

/** The operators of smaller models are too small to be faster on two threads. */
const THREADABLE_BYTES = 4 * 2 ** 20;
const SCANNED_BYTES = 65_536;
/** The start of `TreeEnsemble`, `TreeEnsembleClassifier` and `TreeEnsembleRegressor`. */
const TREES = "TreeEnsemble";

/**
 * Whether a model may run on more than one thread.
 *
 * A tree ensemble may not: the runtime gives each thread some of the trees and adds their results up, so the number of
 * threads changes the order of a float sum, and one model would answer differently on two clouds. Matrix products are
 * split by rows and columns of the result, and are the same on any number of threads.
 */
export function isThreadable(file: ModelFile): boolean {
  return file.bytes >= THREADABLE_BYTES && !hasTrees(file);
}

/**
 * Whether a model has tree ensembles. An operator's type is written before its attributes, so the type of a forest is in
 * the first bytes of its graph.
 */
export function hasTrees({ path, bytes, content }: ModelFile): boolean {
  const ends = [0, Math.max(0, bytes - SCANNED_BYTES)];
  return ends.some((start) => {
    const part = content?.subarray(start, start + SCANNED_BYTES);
    const text = part === undefined ? readPart(path, start, SCANNED_BYTES) : Buffer.from(part);
    return text.includes(TREES, 0, "latin1");
  });
}
