import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SOURCE_CONDITIONS } from "../project/source-conditions.ts";

/** The time limit for a program, which loads a user's code once. */
const TIMEOUT_MS = 60_000;

/** The answer of a child process. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export interface ChildOptions {
  /** Its working directory. */
  readonly cwd: string;
  /** Its environment, in addition to PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of its Node. */
  readonly flags?: readonly string[];
}

/**
 * Runs a program of this package in a clean process, without the flags and environment of this process. One message goes
 * each way. The message of a failure quotes the last lines that the process printed.
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

/** The program is beside this file, as source or built. */
function programPath(program: string): string {
  return fileURLToPath(new URL(`./${program}${import.meta.url.slice(-3)}`, import.meta.url));
}

function lastWords(printed: string, end: string | number | null): string {
  const text = printed.trim().split("\n").slice(-12).join("\n");
  return `the process ended with ${end}${text === "" ? "" : `:\n${text}`}`;
}

/** For the child: answers the question, and ends the process. */
export function answerParent<Question>(work: (question: Question) => unknown): void {
  process.once("message", async (question) => {
    const answer: Answer<unknown> = await Promise.resolve(question as Question)
      .then(work)
      .then(
        (value) => ({ ok: true, value }),
        (error) => ({ ok: false, error: describe(error) }),
      );
    process.send?.(answer, () => process.exit(0));
  });
}

/** With the message of the cause, unless the error's own message has it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, cause } = error;
  const because = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : "";
  return `${name}: ${message}${because}`;
}
