import { spawn, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT } from "./repository.ts";

export interface RunOptions {
  /** Default: the repository's root. */
  readonly cwd?: string;
  /** Added to ours. A `PATH` in it replaces the one that begins with the commands of the workspace's dependencies. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default 10 minutes. */
  readonly timeoutMs?: number;
}

const BIN = join(ROOT, "node_modules", ".bin");

/** Runs a command whose output goes to ours. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): boolean {
  const { status, error } = spawnSync(command, args, { ...spawnOptions(options), stdio: "inherit" });
  if (error !== undefined) console.log(`${command} could not run: ${error.message}`);
  return status === 0;
}

export interface Output {
  /** `null` when the command could not run or was stopped. */
  readonly status: number | null;
  readonly stdout: string;
  /** Everything it printed, and why it could not run. */
  readonly text: string;
}

/** Runs a command and keeps what it prints. */
export function output(command: string, args: readonly string[], options: RunOptions = {}): Output {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...spawnOptions(options),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout: stdout ?? "", text: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` };
}

/** What a command prints on standard output; `undefined` when it fails, and then everything is shown. */
export function capture(command: string, args: readonly string[], options: RunOptions = {}): string | undefined {
  const { status, stdout, text } = output(command, args, options);
  if (status === 0) return stdout;
  console.log(`${command} ${args.join(" ")}\n${text}`);
  return undefined;
}

/** Runs a command whose output goes to ours, and keeps what it prints on standard output. */
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
