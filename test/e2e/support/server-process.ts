import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { send } from "./wire-client.ts";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
export const CLI = "packages/cli/src/main.ts";

/** A machine that is busy takes its time; what never comes is an error instead of a test that hangs. */
const LONGEST_WAIT_MS = 60_000;

export interface ServerProcess {
  readonly origin: string;
  readonly child: ChildProcess;
  /** What it has written to standard output and standard error so far. */
  output(): string;
  /** Resolves with its exit code, however it ended. */
  readonly exited: Promise<number | null>;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Node running `args` in the repository, where that is a server on a free port; listening when it resolves. It has a
 * channel for messages, which does not keep it alive.
 */
export async function startServer(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["--conditions=@tricast/source", ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, TRICAST_LOG_LEVEL: "info", TRICAST_HOST: "127.0.0.1", TRICAST_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  let hasEnded = false;
  const exited = new Promise<number | null>((resolve) => {
    // `close` and not `exit`: by then everything that was printed has come.
    child.once("close", (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const port = await eventually("the port", () => {
    if (hasEnded) throw new Error(`ended with ${child.exitCode}:\n${printed}`);
    return /"port":(\d+)|http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.slice(1).find(Boolean);
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    child,
    output: () => printed,
    exited,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Models are loaded after the port is open. */
export async function untilReady(origin: string): Promise<void> {
  await eventually("readiness", async () => (await send(origin, { target: "/ready" })).status === 200);
}

/** Resolves with the first value of `look` that is there: not `undefined` and not `false`. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${LONGEST_WAIT_MS} ms`);
    await sleep(2);
  }
}
