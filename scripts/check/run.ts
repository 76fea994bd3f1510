import { spawn, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT } from "./repository.ts";

export interface RunOptions {
  /** Default: the repository's root. */
  readonly cwd?: string;
  /**
   * Added to our environment. Its `PATH` replaces ours, which begins with the commands of the workspace's dependencies.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default 10 minutes. */
  readonly timeoutMs?: number;
}

const BIN = join(ROOT, "node_modules", ".bin");

/** Runs a command that shares our output. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): boolean {
  const { status, error } = spawnSync(command, args, { ...spawnOptions(options), stdio: "inherit" });
  if (error !== undefined) console.log(`${command} could not run: ${error.message}`);
  return status === 0;
}

export interface Output {
  /** `null` if the command could not run or was stopped. */
  readonly status: number | null;
  readonly stdout: string;
  /** Everything it printed, and the reason if it could not run. */
  readonly text: string;
}

/** Runs a command and captures its output. */
export function output(command: string, args: readonly string[], options: RunOptions = {}): Output {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...spawnOptions(options),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout: stdout ?? "", text: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` };
}

/** The standard output of a command. If it fails, prints all of its output and returns `undefined`. */
export function capture(command: string, args: readonly string[], options: RunOptions = {}): string | undefined {
  const { status, stdout, text } = output(command, args, options);
  if (status === 0) return stdout;
  console.log(`${command} ${args.join(" ")}\n${text}`);
  return undefined;
}

/** Runs a command that shares our standard error, and captures and prints its standard output. */
export async function tee(command: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  const child = spawn(command, args, { ...spawnOptions(options), stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    process.stdout.write(text);
  });
  return { status: await ended, stdout, text: stdout };
}

function spawnOptions({ cwd = ROOT, env, timeoutMs = 600_000 }: RunOptions) {
  const path = env?.PATH ?? [BIN, process.env.PATH].join(delimiter);
  return { cwd, env: { ...process.env, ...env, PATH: path }, timeout: timeoutMs, shell: process.platform === "win32" };
}
