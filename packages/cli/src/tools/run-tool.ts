import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import type { Env } from "../io.ts";

export interface ToolOptions {
  readonly cwd?: string;
  readonly env: Env;
  /** Called with each line of both streams while the tool runs. */
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last lines of standard error, for messages. */
  readonly stderr: string;
}

/** The path of a program on PATH; `undefined` if it is not there. */
export function findTool(name: string, { env, cwd }: ToolOptions): string | undefined {
  // A project's own programs come first, as with npx.
  const folders = [join(cwd ?? process.cwd(), "node_modules", ".bin"), ...(env.PATH ?? "").split(delimiter)];
  const names = process.platform === "win32" ? [`${name}.cmd`, `${name}.exe`] : [name];
  return folders
    .filter(Boolean)
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find(isExecutable);
}

/** The path of a program. @throws {TricastError} `missing-dependency`, with how to install it. */
export function requireTool(name: string, options: ToolOptions): string {
  const file = findTool(name, options);
  if (file !== undefined) return file;
  throw new TricastError("missing-dependency", `${name} is not on PATH; ${howToInstall(name)}`);
}

/**
 * Runs a program and waits for its end.
 * @throws {TricastError} `missing-dependency` if it is not installed; `deploy-failed` if its exit code is not 0.
 */
export async function runTool(name: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const result = await tryTool(name, args, options);
  if (result.exitCode === 0) return result;
  throw new TricastError(
    "deploy-failed",
    `${[name, ...args].join(" ")} ended with exit code ${result.exitCode} and the output: ${lastLines(result) || "(empty)"}`,
  );
}

/** Runs a program like {@link runTool}, and returns any exit code. */
export async function tryTool(name: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const file = requireTool(name, options);
  const child = spawn(file, [...args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    readLines(child.stdout, options.onLine),
    readLines(child.stderr, options.onLine),
    new Promise<number>((resolve, reject) => {
      child.once("error", (error) =>
        reject(new TricastError("deploy-failed", `${file} does not start: ${messageOf(error)}`, { cause: error })),
      );
      child.once("close", (code) => resolve(code ?? 1));
    }),
  ]);
  return { exitCode, stdout, stderr };
}

const INSTALL: Readonly<Record<string, string>> = {
  serverless: "npm install --save-dev serverless@npm:osls",
  terraform: "see developer.hashicorp.com/terraform/install",
  gcloud: "see cloud.google.com/sdk/docs/install",
  az: "see learn.microsoft.com/cli/azure/install-azure-cli",
  aws: "see docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
};

/** How to install a program. */
export function howToInstall(name: string): string {
  return INSTALL[name] ?? `install ${name}`;
}

async function readLines(stream: NodeJS.ReadableStream, onLine: ToolOptions["onLine"]): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    onLine?.(line);
  }
  return lines.join("\n");
}

function lastLines({ stdout, stderr }: ToolResult): string {
  return (stderr || stdout).split("\n").slice(-5).join("\n").trim();
}

/** The last line of a program's output, which is usually the reason for a failure. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
