import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SOURCE_CONDITIONS } from "../project/source-conditions.ts";

/** Longest that code of a user may take to load, once. */
const TIMEOUT_MS = 60_000;

/** What a child process answered. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export interface ChildOptions {
  /** Its working directory. */
  readonly cwd: string;
  /** Its environment, besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of its Node. */
  readonly flags?: readonly string[];
}

/**
 * Runs a program of this package in a clean process: nothing of this one's flags and environment, one message each way.
 * What it prints is kept for the message of a failure.
 */
export async function askChild<T>(
  program: string,
  question: unknown,
  { cwd, env = {}, flags = [] }: ChildOptions,
): Promise<Answer<T>> {
  const child = fork(programPath(program), {
    cwd,
    env: { PATH: process.env.PATH, TRICAST_LOG_LEVEL: "error", ...env },
    execArgv: [...flags, ...SOURCE_CONDITIONS.map((name) => `--conditions=${name}`)],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.send(question as object);
  return new Promise((resolve) => {
    let answer: Answer<T> | undefined;
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    child.once("message", (message) => {
      answer = message as Answer<T>;
    });
    child.once("error", (error) => resolve({ ok: false, error: error.message }));
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve(answer ?? { ok: false, error: lastWords(printed, signal ?? code) });
    });
  });
}

/** Beside this file, as source or built. */
function programPath(program: string): string {
  return fileURLToPath(new URL(`./${program}${import.meta.url.slice(-3)}`, import.meta.url));
}

function lastWords(printed: string, end: string | number | null): string {
  const text = printed.trim().split("\n").slice(-12).join("\n");
  return `the process ended with ${end}${text === "" ? "" : `:\n${text}`}`;
}

/** The child's side: answers the one question, and ends whatever is still running. */
export function answerParent<Question>(work: (question: Question) => unknown): void {
  process.once("message", async (question) => {
    const answer = await attempt(() => work(question as Question));
    process.send?.(answer, () => process.exit(0));
  });
}

async function attempt(work: () => unknown): Promise<Answer<unknown>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: describe(error) };
  }
}

/** With the first frame that is not Node's own: where in the bundle it happened. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error && !error.message.includes(cause.message)
    ? `${error.name}: ${error.message} (${cause.message})`
    : `${error.name}: ${error.message}`;
}
