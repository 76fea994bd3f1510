import { askChild } from "../harness/child.ts";
import { versionsOf } from "../harness/environment.ts";
import { HEAP_EXEC_ARGV } from "../harness/heap.ts";
import { rotate } from "../harness/rotate.ts";
import { byRound, spread, summarise } from "../harness/statistics.ts";
import type { Goal, Suite, SuiteOptions, SuiteResult, Table } from "../harness/suite.ts";
import type { WarmPair } from "../harness/warm-pair.ts";
import { CHALLENGERS, type ContenderName, loadContender } from "./adapters/contenders/index.ts";
import type { Workload } from "./adapters/models.ts";
import type { PairQuestion } from "./adapters/pair.child.ts";

export const suite: Suite = {
  name: "adapters",
  description: "cost of one warm Lambda invocation, against handlers built with other libraries",
  run,
};

const CHILD = new URL("./adapters/pair.child.ts", import.meta.url);
const WORKLOADS: readonly Workload[] = ["stub", "iris"];
/** Each pair's rounds are spread over this many processes, because code layout and heap differ between processes. */
const PROCESSES = 3;

/** The measurements of one contender on one workload. */
interface Cell {
  readonly contender: ContenderName;
  readonly workload: Workload;
  /** Microseconds a call, by round. */
  readonly baselineUs: number[];
  readonly contenderUs: number[];
  disturbed: number;
  heapBytes: { readonly baseline: number; readonly contender: number };
}

async function run(options: SuiteOptions): Promise<SuiteResult> {
  const cells = await measure(options);
  const contenders = await Promise.all(CHALLENGERS.iris.map(loadContender));
  return {
    tables: [
      ...WORKLOADS.map((workload) => toTable(workload, cells)),
      {
        title: "Contents of each handler",
        columns: ["handler", "stack"],
        rows: contenders.map(({ name, stack }) => [name, stack]),
      },
    ],
    goals: goalsOf(cells),
    method: METHOD,
    versions: versionsOf([...new Set(["onnxruntime-node", ...contenders.flatMap(({ packages }) => packages)])]),
    samples: cells,
  };
}

async function measure({ rounds, quick, progress }: SuiteOptions): Promise<Cell[]> {
  const processes = Math.min(PROCESSES, rounds);
  const cells = WORKLOADS.flatMap((workload) =>
    CHALLENGERS[workload].map((contender) => emptyCell(workload, contender)),
  );
  const common = quick
    ? { warmupCalls: 500, warmupMs: 0, batchMs: 5 }
    : { warmupCalls: 3_000, warmupMs: 1_000, batchMs: 20 };
  for (let process = 0; process < processes; process++) {
    // The first processes take the remaining rounds.
    const share = Math.floor(rounds / processes) + (process < rounds % processes ? 1 : 0);
    for (const cell of rotate(cells, process)) {
      progress(`${cell.workload}: ${cell.contender}, process ${process + 1} of ${processes}`);
      const { contender, workload } = cell;
      const timed = await ask<WarmPair>({ ...common, contender, workload, what: "time", rounds: share });
      cell.baselineUs.push(...timed.baseline);
      cell.contenderUs.push(...timed.contender);
      cell.disturbed += timed.disturbed;
    }
  }
  for (const cell of cells) {
    const { contender, workload } = cell;
    cell.heapBytes = await ask({ ...common, contender, workload, what: "heap", rounds: 1 });
  }
  return cells;
}

function ask<Answer>(question: PairQuestion): Promise<Answer> {
  return askChild<Answer>(CHILD, question, {
    execArgv: question.what === "heap" ? HEAP_EXEC_ARGV : [],
    timeoutMs: 300_000,
  });
}

function emptyCell(workload: Workload, contender: ContenderName): Cell {
  return {
    contender,
    workload,
    baselineUs: [],
    contenderUs: [],
    disturbed: 0,
    heapBytes: { baseline: 0, contender: 0 },
  };
}

function toTable(workload: Workload, cells: readonly Cell[]): Table {
  return {
    title: workload === "stub" ? "A model that costs nothing" : "Iris: a random forest of 100 trees in ONNX Runtime",
    columns: ["handler", "µs a call", "hand-written, µs", "over it, µs", "x", "heap bytes a call", "x"],
    rows: cells.filter((cell) => cell.workload === workload).map(toRow),
  };
}

function toRow(cell: Cell): string[] {
  const { contender, baselineUs, contenderUs, heapBytes } = cell;
  return [
    contender,
    spread(summarise(contenderUs), 2),
    spread(summarise(baselineUs), 2),
    spread(overhead(cell), 2),
    spread(ratio(cell), 2),
    String(Math.round(heapBytes.contender)),
    heapRatio(cell).toFixed(2),
  ];
}

const overhead = ({ contenderUs, baselineUs }: Cell) => summarise(byRound(contenderUs, baselineUs, (a, b) => a - b));
const ratio = ({ contenderUs, baselineUs }: Cell) => summarise(byRound(contenderUs, baselineUs, (a, b) => a / b));
const heapRatio = ({ heapBytes }: Cell) => heapBytes.contender / heapBytes.baseline;

const ROUTER_BASED: readonly ContenderName[] = ["hono", "serverless-express", "fastify"];

function goalsOf(cells: readonly Cell[]): Goal[] {
  const find = (workload: Workload, contender: ContenderName): Cell => {
    const cell = cells.find((candidate) => candidate.workload === workload && candidate.contender === contender);
    if (cell === undefined) throw new Error(`${contender} on ${workload} was not measured`);
    return cell;
  };
  const stub = find("stub", "tricast");
  const iris = find("iris", "tricast");
  const irisOnnx = find("iris", "tricast-onnx");
  const own = overhead(stub).median;
  const least = Math.min(...ROUTER_BASED.map((name) => overhead(find("stub", name)).median / own));
  return [
    goal("at most 3.5 µs over the hand-written handler, stub", own, 3.5, "µs"),
    goal("less over it than middy's stack, stub", own, overhead(find("stub", "middy")).median, "µs"),
    goal("at most 1.15 times its time on iris, same ONNX Runtime calls", ratio(iris).median, 1.15, "x"),
    goal("at most 1.15 times its time on iris, with @tricast/onnx", ratio(irisOnnx).median, 1.15, "x"),
    {
      claim: "router-based handlers cost at least 30 times as much over it, stub",
      measured: `${least.toFixed(1)} x`,
      met: least >= 30,
    },
    goal(
      "heap a call at most 1.3 times the hand-written handler's, iris, same ONNX Runtime calls",
      heapRatio(iris),
      1.3,
      "x",
    ),
    goal("the same with @tricast/onnx", heapRatio(irisOnnx), 1.3, "x"),
  ];
}

function goal(claim: string, value: number, limit: number, unit: string): Goal {
  return { claim, measured: `${value.toFixed(2)} ${unit}`, met: value <= limit };
}

const METHOD =
  "Each handler is paired with the hand-written one, in processes that contain only these two, because the garbage " +
  "of one handler slows others. Both sides serve the same body through the same model with one thread, and refuse " +
  "the same malformed bodies. Both are checked before anything is timed. Every call gets a new HTTP API event " +
  "(payload 2.0), parsed from its JSON as the runtime client does, and a new context; creating them is not timed. " +
  "Each side is warmed up with at least 3,000 calls and for at least a second. Then each round runs an equal batch " +
  "of each side, in rotated order, after a full garbage collection and half as many calls that are not timed (a " +
  "full collection makes V8 drop optimised code, which it then compiles again). Figures are medians with minimum " +
  "and maximum; differences and ratios are taken within a round. A round in which other processes used a tenth of " +
  "the cores or more is repeated, up to twice the number of rounds in all. The rounds of a pair are spread over " +
  "three processes. Heap is counted in a separate process, whose young generation is so large that no collection " +
  "runs.";
