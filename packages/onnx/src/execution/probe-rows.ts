import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../runner.ts";
import { uniform } from "../seeded-random.ts";
import { rowCount, stackFeeds, takeRows } from "../stacking.ts";
import { float16Bits, float16Value } from "../tensor/float16.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, isFloat, type NumericTensorData, type TensorData, type TensorType } from "../tensor/types.ts";
import type { Lane, Ran } from "./lane.ts";
import { runOnce } from "./run-once.ts";

/** What is promised: the largest difference of an element, as a share of the largest magnitude in its own row. */
const TOLERANCE = 1e-5;
/** Of the floats of one drawn request. Rows of very different size share the run: the large ones drown the small. */
const MAGNITUDES = [1e6, 1e-6, 1];

/** What a shared run took, or why its requests may not share one. */
export type Probed = { readonly requests: number; readonly ms: number } | { readonly unbatchable: string };

/**
 * A second opinion on a graph whose operators keep rows apart: whether requests that share a run are answered as they are
 * alone. One is the request at hand; the others are drawn for the purpose, in its shapes. A request that the graph does not
 * answer alone has no part in it.
 */
export async function probeRows(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Probed> {
  const drawn = MAGNITUDES.map((magnitude, index) => draw(feeds, magnitude, index + 1));
  const alone = [{ feeds, outputs: (await runOnce(lane, feeds, fetches)).outputs }];
  for (const one of drawn) {
    const outputs = await tryRun(lane, one, fetches);
    if (outputs !== undefined) alone.push({ feeds: one, outputs });
  }
  // The request at hand first and last, so that what a row has from those before it shows.
  const all = [...alone, alone[0]!];
  let together: Ran;
  try {
    together = await runOnce(lane, stackFeeds(all.map((one) => one.feeds)), fetches);
  } catch (error) {
    return {
      unbatchable: `a run of ${all.length} requests fails where each alone does not: ${(error as Error).message}`,
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

/** Says what is wrong with outputs that do not have one row for each row that went in. */
export function misshapen(outputs: Outputs, rows: number): string | undefined {
  for (const name in outputs) {
    const { dims } = outputs[name]!;
    if (dims[0] !== rows)
      return `${rows} rows went in, and output ${JSON.stringify(name)} came out as [${dims.join(", ")}]`;
  }
  return undefined;
}

/** Other values in the same shapes: floats of one magnitude and any sign, and all else from what is there, as ids may be. */
function draw(feeds: Feeds, magnitude: number, seed: number): Feeds {
  const random = uniform(seed);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, drawTensor(tensor, magnitude, random)]),
  );
}

function drawTensor({ type, data, dims }: Tensor, magnitude: number, random: () => number): Tensor {
  const length = elementCount(dims);
  const pick = (): number => Math.floor(random() * length);
  if (type === "string") {
    const texts = data as readonly string[];
    return new Tensor(
      type,
      Array.from({ length }, () => texts[pick()]!),
      dims,
    );
  }
  const values = new ARRAY_OF[type](length);
  const source = data as NumericTensorData;
  for (let index = 0; index < length; index++) {
    values[index] = (isFloat(type) ? drawFloat(type, magnitude * (random() * 2 - 1)) : source[pick()]!) as never;
  }
  return new Tensor(type, values as TensorData, dims);
}

/** The largest number of 16 bits is 65,504. */
function drawFloat(type: TensorType, value: number): number {
  return type === "float16" ? float16Bits(Math.min(6e4, Math.max(-6e4, value))) : value;
}

/** The first output that is not what was promised. */
export function differing(expected: Outputs, actual: Outputs): string | undefined {
  return Object.keys(expected).find((name) => !isClose(expected[name]!, actual[name]!));
}

/** Row by row: a small row is not forgiven what would be nothing in a large one. */
function isClose(expected: Tensor, actual: Tensor): boolean {
  if (expected.data.length !== actual.data.length) return false;
  if (!isFloat(expected.type)) return expected.data.every((value, index) => value === actual.data[index]);
  const read = expected.type === "float16" ? float16Value : (value: number) => value;
  const width = elementCount(expected.dims.slice(1));
  const [left, right] = [expected.data as Float32Array, actual.data as Float32Array];
  for (let start = 0; start < left.length; start += width) {
    let [largest, difference] = [0, 0];
    for (let index = start; index < start + width; index++) {
      const [value, other] = [read(left[index]!), read(right[index]!)];
      if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
      if (!Object.is(value, other)) difference = Math.max(difference, Math.abs(value - other));
      // Not a number where only one of them is finite.
      if (Number.isNaN(difference)) return false;
    }
    if (difference > TOLERANCE * largest) return false;
  }
  return true;
}
