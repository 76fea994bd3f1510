import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../runner.ts";
import { rowCount, stackFeeds, takeRows } from "../stacking.ts";
import { floatDifference } from "../tensor/float-difference.ts";
import { fillWith, uniform } from "../tensor/random-tensor.ts";
import { elementCount, type Tensor } from "../tensor/tensor.ts";
import { isFloat } from "../tensor/types.ts";
import type { Lane, Ran } from "./lane.ts";
import { runOnce } from "./run-once.ts";

/** The promise to users: the largest difference of an element, as a share of the largest magnitude in its own row. */
const TOLERANCE = 1e-5;
/** Magnitudes of the floats, one for each generated request. Rows of very different size share the run, so that an error from a large row is visible in a small one. */
const MAGNITUDES = [1e6, 1e-6, 1];

/** The duration of a shared run, or why its requests may not share one. */
export type Probed = { readonly requests: number; readonly ms: number } | { readonly unbatchable: string };

/**
 * Checks by experiment that rows of a graph are independent: requests must get the same answers in a shared run as alone.
 * One of them is the given request, the others are generated in its shapes. Generated requests that fail alone are
 * dropped.
 */
export async function probeRows(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Probed> {
  const drawn = MAGNITUDES.map((magnitude, index) => draw(feeds, magnitude, index + 1));
  const alone = [{ feeds, outputs: (await runOnce(lane, feeds, fetches)).outputs }];
  for (const one of drawn) {
    const outputs = await tryRun(lane, one, fetches);
    if (outputs !== undefined) alone.push({ feeds: one, outputs });
  }
  // The given request is first and last, so that an effect of earlier rows becomes visible.
  const all = [...alone, alone[0]!];
  let together: Ran;
  try {
    together = await runOnce(lane, stackFeeds(all.map((one) => one.feeds)), fetches);
  } catch (error) {
    return {
      unbatchable: `a run of ${all.length} requests fails, and each of them alone succeeds: ${(error as Error).message}`,
    };
  }
  const rows = rowCount(feeds);
  const wrong = misshapen(together.outputs, rows * all.length);
  if (wrong !== undefined) return { unbatchable: wrong };
  for (const [index, { outputs }] of all.entries()) {
    const name = differing(outputs, takeRows(together.outputs, index * rows, (index + 1) * rows));
    if (name !== undefined)
      return { unbatchable: `output ${JSON.stringify(name)} of a row depends on the other rows of its run` };
  }
  return { requests: all.length, ms: together.ms };
}

async function tryRun(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Outputs | undefined> {
  try {
    return (await runOnce(lane, feeds, fetches)).outputs;
  } catch {
    return undefined;
  }
}

/** The problem of outputs that do not have one row for each row of the inputs. */
export function misshapen(outputs: Outputs, rows: number): string | undefined {
  for (const name in outputs) {
    const { dims } = outputs[name]!;
    if (dims[0] !== rows)
      return `the inputs have ${rows} rows, and output ${JSON.stringify(name)} has shape [${dims.join(", ")}]`;
  }
  return undefined;
}

/** Other values in the same shapes: floats of one magnitude and any sign. Other types are drawn from the given values, which may be ids. */
function draw(feeds: Feeds, magnitude: number, seed: number): Feeds {
  const random = uniform(seed);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => {
      const float = (): number => magnitude * (random() * 2 - 1);
      const given = (): unknown => data[Math.floor(random() * data.length)];
      return [name, fillWith(type, dims, isFloat(type) ? float : given)];
    }),
  );
}

/** The first output that breaks the promise. */
export function differing(expected: Outputs, actual: Outputs): string | undefined {
  return Object.keys(expected).find((name) => !isClose(expected[name]!, actual[name]!));
}

/** Row by row: a difference that is negligible in a large row counts in a small one. */
function isClose(expected: Tensor, actual: Tensor): boolean {
  const { length } = expected.data;
  if (length !== actual.data.length) return false;
  if (!isFloat(expected.type)) return expected.data.every((value, index) => value === actual.data[index]);
  const width = elementCount(expected.dims.slice(1));
  for (let start = 0; start < length; start += width) {
    const { difference, largest } = floatDifference(expected, actual, start, start + width);
    // NaN where only one of them is a number.
    if (!(difference <= TOLERANCE * largest)) return false;
  }
  return true;
}
