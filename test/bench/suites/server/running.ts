import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ContenderName, ServerTask } from "./contender.ts";
import type { LoadAnswer, LoadTask } from "./load.child.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = path("../../../../.cache/bench/fastapi");
const PACKAGES = ["fastapi==0.165.0", "uvicorn[standard]==0.54.0", "onnxruntime==1.30.0", "numpy"];
const INSTALL_MS = 300_000;

export interface RunningServer {
  readonly name: ContenderName;
  readonly port: number;
  stop(): Promise<void>;
}

/** Without this process's flags and variables of Node, as in production. */
const env = { ...process.env, NODE_OPTIONS: "", TRICAST_LOG_LEVEL: "error" };

export async function startServer(name: ContenderName, task: ServerTask): Promise<RunningServer> {
  const child =
    name === "fastapi"
      ? spawn(`${PYTHON}/bin/python`, [path("contenders/fastapi_server.py"), JSON.stringify(task)], { env })
      : fork(path("server.child.ts"), [name, JSON.stringify(task)], {
          env,
          silent: true,
          execArgv: ["--conditions=@tricast/source"],
        });
  const port = await readPort(name, child);
  return {
    name,
    port,
    async stop() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function readPort(name: ContenderName, child: ChildProcess): Promise<number> {
  let output = "";
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const port = /^(\d+)$/m.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${output}${errors}`)));
  });
}

/** Installs FastAPI if needed. Returns the reason if that fails, else `undefined`. */
export async function missingFastApi(): Promise<string | undefined> {
  if (existsSync(PYTHON)) return undefined;
  const run = promisify(execFile);
  const part = `${PYTHON}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    await run("python3", ["-m", "venv", part], { timeout: INSTALL_MS });
    await run(`${part}/bin/pip`, ["install", "--quiet", ...PACKAGES], { timeout: INSTALL_MS });
    renameSync(part, PYTHON);
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr || error);
  }
}

/** A process that sends requests; it is kept, so that its own code stays warm. */
export class LoadProcess {
  private readonly child = fork(path("load.child.ts"), { env });
  private settle: ((answer: LoadAnswer) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  constructor() {
    this.child.on("message", (answer) => this.settle?.(answer as LoadAnswer));
    this.child.on("exit", (code) => this.fail?.(new Error(`The process that sends the load ended with ${code}`)));
  }

  run(task: LoadTask): Promise<LoadAnswer> {
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
      this.child.send(task);
    });
  }

  stop(): void {
    this.fail = undefined;
    this.child.kill();
  }
}
