import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type InvocationOutcome, type InvokeOptions, RuntimeApi, type RuntimeError } from "./runtime-api.ts";

const RUNTIME_CLIENT = fileURLToPath(import.meta.resolve("aws-lambda-ric"));
const PRELOAD = new URL("./rapid-client.mjs", import.meta.url).href;

export interface LambdaFunctionOptions {
  /** The folder the handler string is looked up in. */
  readonly taskRoot: string;
  /** `file.export`. */
  readonly handler: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /**
   * A program and its arguments that make the place the function runs in, `taskRoot` among it, and then run the rest of
   * the command line. Default: none, and `taskRoot` is a folder of this machine.
   */
  readonly launcher?: readonly string[];
}

/** A function in AWS's own runtime client, in a process of its own, fed by a Runtime API on loopback. */
export class LambdaFunction {
  /** On the clock of `performance.now()`, just before its process was started. */
  readonly spawnedAt: number;
  private readonly api: RuntimeApi;
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private output = "";

  private constructor(api: RuntimeApi, child: ChildProcess, spawnedAt: number) {
    this.spawnedAt = spawnedAt;
    this.api = api;
    this.child = child;
    this.exited = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString("utf8");
      });
    }
  }

  static async start({
    taskRoot,
    handler,
    environment,
    nodeOptions = [],
    launcher = [],
  }: LambdaFunctionOptions): Promise<LambdaFunction> {
    const api = await RuntimeApi.start();
    const [program, ...args] = [...launcher, process.execPath, ...nodeOptions, "--import", PRELOAD, RUNTIME_CLIENT];
    const spawnedAt = performance.now();
    const child = spawn(program as string, args, {
      cwd: launcher.length > 0 ? "/" : taskRoot,
      stdio: ["ignore", "pipe", "pipe"],
      // Nothing of this process's environment but the path: a function sees what Lambda sets.
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: api.address,
        AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
        AWS_LAMBDA_FUNCTION_NAME: "tricast",
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/tricast",
        AWS_LAMBDA_LOG_STREAM_NAME: "2026/03/10/[$LATEST]0123456789abcdef",
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
        AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
        LAMBDA_TASK_ROOT: taskRoot,
        _HANDLER: handler,
        ...environment,
      },
    });
    return new LambdaFunction(api, child, spawnedAt);
  }

  /** What the process has written so far. */
  get log(): string {
    return this.output;
  }

  /** Invokes the function; rejects when its process ends before it answers. */
  async invoke(event: unknown, options?: InvokeOptions): Promise<InvocationOutcome> {
    return this.beforeExit(this.api.invoke(event, options));
  }

  /** The value the function returned, as the caller of Lambda reads it; rejects when it failed. */
  async call(event: unknown, options?: InvokeOptions): Promise<unknown> {
    const outcome = await this.invoke(event, options);
    if (outcome.kind === "response") return JSON.parse(outcome.body.toString("utf8"));
    throw new Error(`${outcome.error.errorType}: ${outcome.error.errorMessage}\n${this.output}`);
  }

  /** The error the function's start ended with. */
  initError(): Promise<RuntimeError> {
    return this.beforeExit(this.api.initError);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    if (this.child.exitCode === null && this.child.signalCode === null) await this.exited;
    await this.api.close();
  }

  private async beforeExit<T>(work: Promise<T>): Promise<T> {
    const exit = this.exited.then(async () => {
      // What it posted last may still be on its way.
      await new Promise((resolve) => setTimeout(resolve, 200));
      throw new Error(`the function's process ended:\n${this.output}`);
    });
    exit.catch(() => undefined);
    return Promise.race([work, exit]);
  }
}
