import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FunctionInfo } from "./azure-host.ts";

export interface SpawnedAzureHost {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  readonly child: ChildProcess;
  /** The output of the host and the app so far. */
  output(): string;
  /** Sends SIGTERM and resolves with the exit code, or `null` if a signal ended the process. */
  stop(): Promise<number | null>;
}

export interface SpawnAzureHostOptions {
  readonly root: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 30,000. */
  readonly startTimeoutMs?: number;
}

/**
 * Starts the local Azure Functions host in a process of its own, because each app needs one.
 * @throws {Error} with its output, if it ends before it is ready.
 */
export async function spawnAzureHost({
  root,
  port = 0,
  env = {},
  startTimeoutMs = 30_000,
}: SpawnAzureHostOptions): Promise<SpawnedAzureHost> {
  const program = fileURLToPath(new URL("./azure-host.ts", import.meta.url));
  const child = fork(program, ["--root", root, "--port", String(port)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Without the parent's other flags (of a test runner, for example): Azure starts its worker without flags.
    execArgv: ["--conditions=@tricast/source"],
  });
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = await new Promise<{ url: string; functions: FunctionInfo[] }>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`The Azure host was not ready after ${startTimeoutMs} ms:\n${printed}`));
    }, startTimeoutMs);
    child.once("message", (message) => {
      clearTimeout(timer);
      resolve(message as { url: string; functions: FunctionInfo[] });
    });
    // `close`, not `exit`, so that all of its output has arrived.
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new Error(`The Azure host ended with ${code} before it was ready:\n${printed}`));
    });
  });
  return {
    ...ready,
    child,
    output: () => printed,
    stop: () => {
      child.kill("SIGTERM");
      // Do not wait for a process that does not stop: report it as a failure (its code is null).
      setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
      return exited;
    },
  };
}
