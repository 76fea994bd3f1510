import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { until } from "./calls.ts";

const PROGRAM = fileURLToPath(new URL("serve-program.ts", import.meta.url));

export interface Program {
  readonly origin: string;
  readonly port: number;
  output(): string;
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** Resolves with the exit code; `null` where a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** The program in a process of its own, listening. It is killed where it lives for over a minute. */
export async function startProgram(env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const child = spawn(process.execPath, ["--conditions=@tricast/source", PROGRAM], {
    env: { ...process.env, TRICAST_LOG_LEVEL: "info", TRICAST_HOST: "127.0.0.1", TRICAST_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  setTimeout(() => child.kill("SIGKILL"), 60_000).unref();
  await until("it listens", () => printed.includes('"listening"') || child.exitCode !== null);
  const port = Number(/"port":(\d+)/.exec(printed)?.[1]);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    output: () => printed,
    signal: (name) => void child.kill(name),
    exited,
  };
}
