import { versionsOf } from "../harness/environment.ts";
import { rotate } from "../harness/rotate.ts";
import { byRound, spread, summarise } from "../harness/statistics.ts";
import type { Goal, Suite, SuiteOptions, SuiteResult, Table } from "../harness/suite.ts";
import type { ContenderName, ServerTask } from "./server/contender.ts";
import { get, HttpClient, postJson } from "./server/http-client.ts";
import type { LoadAnswer } from "./server/load.child.ts";
import { type BenchModel, MODELS, type ModelName, modelFile } from "./server/models.ts";
import { LoadProcess, missingFastApi, type RunningServer, startServer } from "./server/running.ts";

export const suite: Suite = {
  name: "server",
  description: "requests per second, latency and health under load of the container server and of simple ones",
  rounds: 5,
  run,
};

const NODE: readonly ContenderName[] = ["tricast", "node-http", "fastify", "functions-framework"];
const CONNECTIONS = [1, 8, 32, 64];
const SAMPLE_MS = 1_500;
const QUICK_MS = 500;
/** Until connections are open, code is compiled and queues have their usual length. */
const WARM_MS = 300;

interface Sample {
  readonly load: LoadAnswer;
  readonly health: LoadAnswer;
}

interface Cell {
  readonly model: BenchModel;
  readonly contender: ContenderName;
  readonly connections: number;
  readonly samples: Sample[];
}

async function run({ rounds, quick, progress }: SuiteOptions): Promise<SuiteResult> {
  const missing = await missingFastApi();
  if (missing !== undefined) progress(`FASTAPI IS LEFT OUT, because it cannot be installed here: ${missing}`);
  const contenders: readonly ContenderName[] = missing === undefined ? [...NODE, "fastapi"] : NODE;
  const cells: Cell[] = [];
  const [load, health] = [new LoadProcess(), new LoadProcess()];
  try {
    for (const model of MODELS) {
      const ms = quick ? QUICK_MS : SAMPLE_MS;
      cells.push(...(await measureModel(model, { contenders, rounds, ms, load, health, progress })));
    }
  } finally {
    load.stop();
    health.stop();
  }
  return {
    tables: MODELS.map((model) => tableOf(cells, model)),
    goals: goalsOf(cells),
    method: METHOD,
    versions: versionsOf(["@tricast/server", "onnxruntime-node", "fastify", "@google-cloud/functions-framework"]),
    samples: cells.map(({ model, contender, connections, samples }) => {
      return { model: model.name, contender, connections, samples };
    }),
  };
}

/** Numbers of connections for a model, in ascending order. */
function levelsOf({ connections }: BenchModel): readonly number[] {
  return [...CONNECTIONS, ...connections].sort((a, b) => a - b);
}

interface Setting {
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  readonly ms: number;
  readonly load: LoadProcess;
  readonly health: LoadProcess;
  progress(line: string): void;
}

/** All contenders run at the same time; one at a time gets requests. */
async function measureModel(model: BenchModel, setting: Setting): Promise<Cell[]> {
  const task: ServerTask = { file: modelFile(model), input: model.input, shape: model.shape };
  const servers: RunningServer[] = [];
  try {
    for (const name of setting.contenders) servers.push(await startServer(name, task));
    await assertSameAnswers(servers, model);
    const cells = levelsOf(model).flatMap((connections) =>
      servers.map(({ name }): Cell => ({ model, contender: name, connections, samples: [] })),
    );
    for (let round = 0; round < setting.rounds; round++) {
      setting.progress(`${model.title}: round ${round + 1} of ${setting.rounds}`);
      for (const cell of rotate(cells, round)) {
        const { port } = servers.find(({ name }) => name === cell.contender) as RunningServer;
        cell.samples.push(await sample(cell, port, setting));
      }
    }
    return cells;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function sample(cell: Cell, port: number, { ms, load, health }: Setting): Promise<Sample> {
  const { model, connections } = cell;
  const body = { [model.input]: model.values };
  const [answers, alive] = await Promise.all([
    load.run({ port, body, connections, warmMs: WARM_MS, ms }),
    health.run({ port, connections: 1, warmMs: WARM_MS, ms }),
  ]);
  const { failed, requests } = answers;
  if (failed > 0 || alive.failed > 0 || requests === 0 || alive.requests === 0) {
    const what = `${requests} answers, ${failed} failed; health: ${alive.requests}, ${alive.failed} failed`;
    throw new Error(`${cell.contender}, ${model.title}, ${connections} connections: ${what}`);
  }
  return { load: answers, health: alive };
}

/** Wrong answers do not count. Frameworks differ in nesting, but not in numbers. */
async function assertSameAnswers(servers: readonly RunningServer[], model: BenchModel): Promise<void> {
  const expected: { name: string; numbers: readonly number[] }[] = [];
  for (const { name, port } of servers) {
    const client = await HttpClient.open(port, postJson("/predict", { [model.input]: model.values }));
    const { status, body } = await client.send();
    client.close();
    const numbers = numbersIn(status === 200 ? JSON.parse(body.toString("utf8")) : undefined);
    const [first = { name, numbers }] = expected;
    const isSame = numbers.length > 0 && numbers.length === first.numbers.length && numbers.every(near(first.numbers));
    if (!isSame) throw new Error(`${name} answers ${status} ${body.toString("utf8")} to ${model.title}`);
    expected.push({ name, numbers });
    const health = await HttpClient.open(port, get("/health"));
    if ((await health.send()).status !== 200) throw new Error(`${name} has no /health`);
    health.close();
  }
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function near(expected: readonly number[]): (value: number, index: number) => boolean {
  const largest = Math.max(1, ...expected.map(Math.abs));
  return (value, index) => Math.abs(value - (expected[index] ?? Number.NaN)) <= largest * 1e-4;
}

function find(cells: readonly Cell[], model: ModelName, contender: ContenderName, connections: number): Cell {
  const cell = cells.find(
    (one) => one.model.name === model && one.contender === contender && one.connections === connections,
  );
  if (cell === undefined) throw new Error(`${contender} was not measured with ${model} at ${connections} connections`);
  return cell;
}

const perSecond = ({ samples }: Cell) => samples.map(({ load }) => load.requests / load.seconds);
const p50 = ({ samples }: Cell) => samples.map(({ load }) => load.p50);
const healthP99 = ({ samples }: Cell) => summarise(samples.map(({ health }) => health.p99));

/** Median of the ratios within a round. */
function ratio(over: Cell, under: Cell, figure = perSecond) {
  return summarise(byRound(figure(over), figure(under), (a, b) => a / b));
}

function tableOf(cells: readonly Cell[], model: BenchModel): Table {
  const own = cells.filter((cell) => cell.model === model).toSorted((a, b) => a.connections - b.connections);
  return {
    title: model.title,
    columns: ["connections", "server", "requests/s", "x ours", "p50, ms", "p99, ms", "health p99, ms"],
    rows: own.map((cell) => {
      const ours = find(cells, model.name, "tricast", cell.connections);
      return [
        String(cell.connections),
        cell.contender,
        spread(summarise(perSecond(cell)), 0),
        cell === ours ? "" : spread(ratio(cell, ours), 2),
        summarise(p50(cell)).median.toFixed(2),
        summarise(cell.samples.map(({ load }) => load.p99)).median.toFixed(1),
        healthP99(cell).median.toFixed(1),
      ];
    }),
  };
}

function goalsOf(cells: readonly Cell[]): Goal[] {
  const at32 = (contender: ContenderName) => find(cells, "mlp-100", contender, 32);
  const health = healthP99(at32("tricast")).median;
  return [
    atLeast("100 MB MLP, 32 connections: at least 5 x the inline Node server", 5, at32("tricast"), at32("node-http")),
    fastApiGoal(cells),
    {
      claim: "100 MB MLP, 32 connections: health p99 at most 15 ms",
      measured: `${health.toFixed(1)} ms`,
      met: health <= 15,
    },
    ...MODELS.map(({ name, title }): Goal => {
      const { median } = ratio(find(cells, name, "tricast", 1), find(cells, name, "node-http", 1), p50);
      return {
        claim: `${title}, 1 connection: p50 within 10 % of the bare server`,
        measured: times(median),
        met: median <= 1.1,
      };
    }),
    ...MODELS.filter(({ name }) => name === "cnn" || name === "tiny").flatMap((model) =>
      levelsOf(model).map((connections) => simpleGoal(cells, model, connections)),
    ),
    atLeast(
      "tiny, 16 connections: at least 0.9 x raw node:http",
      0.9,
      find(cells, "tiny", "tricast", 16),
      find(cells, "tiny", "node-http", 16),
    ),
    atLeast(
      "forest, 16 connections: at least 2 x raw node:http",
      2,
      find(cells, "forest", "tricast", 16),
      find(cells, "forest", "node-http", 16),
    ),
  ];
}

function atLeast(claim: string, least: number, ours: Cell, other: Cell): Goal {
  const { median } = ratio(ours, other);
  return { claim, measured: times(median), met: median >= least };
}

/** Not met if it could not be measured. */
function fastApiGoal(cells: readonly Cell[]): Goal {
  const claim = "100 MB MLP, 32 connections: at least 4 x FastAPI";
  if (!cells.some(({ contender }) => contender === "fastapi"))
    return { claim, measured: "FastAPI is not installed", met: false };
  return atLeast(claim, 4, find(cells, "mlp-100", "tricast", 32), find(cells, "mlp-100", "fastapi", 32));
}

/** Against the best of the others, by median. */
function simpleGoal(cells: readonly Cell[], { name, title }: BenchModel, connections: number): Goal {
  const others = cells.filter(
    (cell) => cell.model.name === name && cell.connections === connections && cell.contender !== "tricast",
  );
  const [best] = others.toSorted((a, b) => summarise(perSecond(b)).median - summarise(perSecond(a)).median);
  const claim = `${title}, ${connections} connected: at least 0.95 x the best simple server`;
  return atLeast(`${claim} (${best?.contender})`, 0.95, find(cells, name, "tricast", connections), best as Cell);
}

function times(value: number): string {
  return `${value.toFixed(2)} x`;
}

const METHOD =
  "The servers, the process that sends the load and the process that requests health share two cores. Every server " +
  "is a process of its own. All run at the same time, and one at a time gets requests. Ours is `createServer` with " +
  "`onnx()`, without code and without options: validation, deadlines, metrics, request ids and its measurement of " +
  "the model are on. The others read the body with JSON.parse, run one session with the runtime's defaults within " +
  "the request, and write JSON. FastAPI is a plain `def` under uvicorn with its standard extras. Each connection " +
  "sends its next request when the last one is answered. A sample lasts 1.5 s, after 0.3 s that do not count. Every " +
  "round runs each server with each number of connections once, in rotated order; ratios are taken within a round. " +
  "Health is requested every 10 ms over a separate connection. Before anything is timed, all answers are compared.";
