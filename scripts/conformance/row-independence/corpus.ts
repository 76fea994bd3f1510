import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../check/repository.ts";
import { providePythonPackages } from "../support/python-tool.ts";

/** A model with the referee's verdicts: one line of verdicts.jsonl. */
export interface JudgedModel {
  /** Of its case. */
  readonly number: number;
  readonly file: string;
  readonly kind: "operator" | "expanded" | "composed";
  /** Empty for the standard's own domain. */
  readonly domain: string;
  readonly op: string;
  readonly opset: number;
  readonly setting: string;
  readonly outputs: Readonly<Record<string, JudgedOutput>>;
  /** For outputs of composed graphs: whether they are independent, by the author of the graph. */
  readonly expected?: Readonly<Record<string, boolean>>;
}

export interface JudgedOutput {
  readonly independent: boolean;
  readonly counterExample?: string;
  /** The largest difference between joined and lone answers that is due to rounding, as a part of a row's magnitude. */
  readonly rounding?: number;
  /** Whether bits of an output depend on its place among the joined rows. */
  readonly dependsOnPosition?: boolean;
}

export interface Corpus {
  readonly folder: string;
  readonly models: readonly JudgedModel[];
  readonly summary: CorpusSummary;
  /** Whether all cases were judged. */
  readonly isWhole: boolean;
}

export interface CorpusSummary {
  /** How many there are, judged or not. */
  readonly cases: number;
  /** How many cases became no model, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly composedDropped: readonly string[];
  /** Cases that end the runtime's process. */
  readonly ended: readonly string[];
  /** Operators without a model, with the reason; none where a part of the cases was judged. */
  readonly untried: Readonly<Record<string, string>>;
  /** The standard's own tests that do not give a case, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
}

const CACHE = join(ROOT, "node_modules/.cache");
const PREFIX = "row-independence-models-";
const MAKE_MS = 3_600_000;

/** The cases that have been described, and are not judged yet. */
export interface Cases {
  readonly count: number;
  /** Judges the cases of these numbers, from 0. @throws {Error} where the models cannot be made. */
  judge(numbers: readonly number[]): Promise<Corpus>;
}

/**
 * All cases, judged once for these sources and this processor: which kernels the runtime has, and so how it rounds,
 * depends on the processor.
 * @throws {Error} where Python's packages cannot be had, or the cases cannot be described.
 */
export async function describeCases(): Promise<Cases> {
  const whole = join(CACHE, `${PREFIX}${hashOfSources()}`);
  if (existsSync(whole)) {
    const count = readCorpus(whole).summary.cases;
    return { count, judge: async (numbers) => readCorpus(whole, numbers) };
  }
  const making = `${whole}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  process.once("exit", () => rmSync(making, { recursive: true, force: true }));
  const child = spawn(python(), [join(import.meta.dirname, "make_corpus.py"), making], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: MAKE_MS,
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string | number | null];
  const count = Number(/^(\d+) cases described/.exec(String(line))?.[1]);
  if (Number.isNaN(count)) throw new Error(`make_corpus.py describes no cases: ${line}`);
  lines.on("line", (text) => console.log(text));
  return {
    count,
    async judge(numbers) {
      child.stdin.end(`${JSON.stringify(numbers)}\n`);
      const [status] = await ended;
      if (status !== 0) throw new Error(`make_corpus.py failed with status ${status}`);
      if (numbers.length < count) return readCorpus(making);
      keep(making, whole);
      return readCorpus(whole);
    },
  };
}

/** Of the corpora of all cases only the newest. */
function keep(made: string, whole: string): void {
  for (const name of readdirSync(CACHE).filter((name) => name.startsWith(PREFIX) && !made.endsWith(name)))
    rmSync(join(CACHE, name), { recursive: true, force: true });
  renameSync(made, whole);
}

function readCorpus(folder: string, numbers?: readonly number[]): Corpus {
  const summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as CorpusSummary;
  const models = readFileSync(join(folder, "verdicts.jsonl"), "utf8").trimEnd().split("\n").map(parseModel);
  if (numbers === undefined) return { folder, models, summary, isWhole: Object.keys(summary.untried).length > 0 };
  const wanted = new Set(numbers);
  return {
    folder,
    models: models.filter(({ number }) => wanted.has(number)),
    summary,
    isWhole: numbers.length === summary.cases,
  };
}

/** The reason why Python's packages are not available; `undefined` if they are. */
export function whyNoPython(): string | undefined {
  try {
    execFileSync(python(), ["-c", "import onnx, onnxruntime"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function python(): string {
  return join(providePythonPackages("row-independence", join(import.meta.dirname, "requirements.txt")), "python");
}

function hashOfSources(): string {
  const hash = createHash("sha256").update(cpus()[0]?.model ?? "");
  for (const name of readdirSync(import.meta.dirname)
    .filter((name) => /\.(py|txt)$/.test(name))
    .sort())
    hash.update(name).update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest("hex").slice(0, 12);
}

function parseModel(line: string): JudgedModel {
  return JSON.parse(line) as JudgedModel;
}
