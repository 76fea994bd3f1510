import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";

export interface ToolOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets each line of both streams while the tool runs. Default: nobody. */
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last lines of standard error, for messages. */
  readonly stderr: string;
}

/** Where a program is on PATH; `undefined` where it is not. */
export function findTool(name: string, { env, cwd }: ToolOptions): string | undefined {
  // A project's own programs come first, as with npx.
  const folders = [join(cwd ?? process.cwd(), "node_modules", ".bin"), ...(env.PATH ?? "").split(delimiter)];
  const names = process.platform === "win32" ? [`${name}.cmd`, `${name}.exe`] : [name];
  return folders
    .filter(Boolean)
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find(isExecutable);
}

/** Where a program is. @throws {TricastError} `missing-dependency` with the way to get it. */
export function requireTool(name: string, options: ToolOptions): string {
  const file = findTool(name, options);
  if (file !== undefined) return file;
  throw new TricastError("missing-dependency", `${name} is not on PATH; ${howToInstall(name)}`);
}

/**
 * Runs a program of a cloud to its end.
 * @throws {TricastError} `missing-dependency` where it is not installed; `deploy-failed` where it does not end well.
 */
export async function runTool(name: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const result = await tryTool(name, args, options);
  if (result.exitCode === 0) return result;
  throw new TricastError(
    "deploy-failed",
    `${[name, ...args].join(" ")} ended with exit code ${result.exitCode}; it said: ${lastLines(result) || "nothing"}`,
  );
}

/** As {@link runTool}, for whoever expects that it may fail. */
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

/** How to get a program. */
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

/** What a program said last, which is most often why it failed. */
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
