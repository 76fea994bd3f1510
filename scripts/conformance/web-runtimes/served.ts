import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { until } from "../../../test/e2e/support/until.ts";
import type { WebRuntime } from "./runtimes.ts";

/** A module that a runtime serves in a process of its own. */
export class Served {
  readonly origin: string;
  private readonly child: ChildProcess;
  private text = "";

  private constructor(child: ChildProcess, port: number) {
    this.origin = `http://127.0.0.1:${port}`;
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.text += text;
      });
  }

  static async start(runtime: WebRuntime, program: string, module: string): Promise<Served> {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port), NODE_ENV: "production" };
    const served = new Served(spawn(program, runtime.serve(module, port), { env }), port);
    const answers = async () => {
      const response = await fetch(`${served.origin}/ready`).catch(() => undefined);
      return response?.status === 200;
    };
    for (const end = Date.now() + 30_000; !(await answers()); await new Promise((resolve) => setTimeout(resolve, 50))) {
      if (Date.now() > end || served.child.exitCode !== null) throw new Error(`${runtime.name}: ${served.text}`);
    }
    return served;
  }

  /** Resolves when the process has printed `text` more often than `before`. */
  async printed(text: string, before = 0): Promise<void> {
    await until(`${JSON.stringify(text)} in the output`, () => this.count(text) > before);
  }

  count(text: string): number {
    return this.text.split(text).length - 1;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, "exit");
    // Deno waits for responses to disconnected clients.
    this.child.kill("SIGKILL");
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
