import { spawn } from "node:child_process";

/** The longest time of a child before it is killed. */
const TIMEOUT_MS = 20_000;

/** The last step of a script: one byte on standard output, which stops the parent's clock. */
export const DONE = 'require("node:fs").writeSync(1, ".");';

/**
 * Milliseconds from spawning Node on `file` to the byte that {@link DONE} sends; the process's own end is not counted.
 * @throws {Error} when the child fails, sends nothing, or takes longer than 20 seconds.
 */
export function timeCold(file: string, execArgv: readonly string[] = []): Promise<number> {
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, [...execArgv, file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: "", TRICAST_LOG_LEVEL: "error" },
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    let milliseconds: number | undefined;
    child.stdout.once("data", () => {
      milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 && milliseconds !== undefined) resolve(milliseconds);
      else
        reject(
          new Error(`${file} ended with ${signal ?? code} ${milliseconds === undefined ? "without an answer" : ""}`),
        );
    });
  });
}
