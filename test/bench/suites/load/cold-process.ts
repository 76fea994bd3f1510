import { spawn } from "node:child_process";
import type { Task } from "./contenders.ts";

/** A process with a session sometimes never ends, or never begins to answer. */
const TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

export interface ColdSample {
  /** From spawn to the prediction, on the parent's clock; the end of the process is not counted. */
  readonly milliseconds: number;
  /** Peak memory of the process until then, in MiB. */
  readonly peakMb: number;
  /** The first elements of the prediction. */
  readonly first: readonly number[];
}

/** @throws {Error} if three processes one after the other do not answer. */
export async function coldStart(
  file: string,
  task: Task,
  env: Readonly<Record<string, string>> = {},
): Promise<ColdSample> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(file, task, env);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function startOnce(file: string, task: Task, env: Readonly<Record<string, string>>): Promise<ColdSample> {
  const environment = {
    ...process.env,
    NODE_OPTIONS: "",
    NODE_COMPILE_CACHE: "",
    TRICAST_LOG_LEVEL: "error",
    TRICAST_BENCH_TASK: JSON.stringify(task),
    ...env,
  };
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"], env: environment });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    let milliseconds = 0;
    let text = "";
    child.stdout.on("data", (chunk) => {
      milliseconds ||= Number(process.hrtime.bigint() - started) / 1e6;
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (text.endsWith("}")) resolve({ ...(JSON.parse(text) as Omit<ColdSample, "milliseconds">), milliseconds });
      else reject(new Error(`${file} ended with ${signal ?? code} and without a prediction`));
    });
  });
}
