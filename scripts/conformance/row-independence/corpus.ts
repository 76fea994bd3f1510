import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../check/repository.ts";
import { providePythonPackages } from "../support/python-tool.ts";

/** A model with the referee's verdicts: one line of verdicts.jsonl. */
export interface JudgedModel {
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
}

export interface CorpusSummary {
  /** Number of cases that did not give a model, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly composedDropped: readonly string[];
  /** Cases that end the runtime's process. */
  readonly ended: readonly string[];
  /** Operators without a model, with the reason. */
  readonly untried: Readonly<Record<string, string>>;
  /** The standard's own tests that do not give a case, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
}

const CACHE = join(ROOT, "node_modules/.cache");
const PREFIX = "row-independence-models-";
const MAKE_MS = 600_000;

/**
 * The models and the referee's verdicts. They are made once per version of these sources and kind of processor: the
 * kernels of the runtime, and so its rounding, depend on the processor.
 * @throws {Error} if Python's packages are not available, or the models cannot be made.
 */
export function provideCorpus(): Corpus {
  const folder = join(CACHE, `${PREFIX}${hashOfSources()}`);
  if (!existsSync(folder)) makeCorpus(folder);
  return {
    folder,
    models: readFileSync(join(folder, "verdicts.jsonl"), "utf8").trimEnd().split("\n").map(parseModel),
    summary: JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as CorpusSummary,
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

function makeCorpus(folder: string): void {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const { status, error } = spawnSync(python(), [join(import.meta.dirname, "make_corpus.py"), unfinished], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: MAKE_MS,
    });
    if (status !== 0) throw new Error(`make_corpus.py failed: ${error?.message ?? `status ${status}`}`);
    for (const name of readdirSync(CACHE).filter((name) => name.startsWith(PREFIX) && !unfinished.endsWith(name)))
      rmSync(join(CACHE, name), { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
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
