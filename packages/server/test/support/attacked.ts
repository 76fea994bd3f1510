import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("attacked-program.ts", import.meta.url));
const MB = 1_000_000;
/** What the server must do with, all in all. */
export const MOST_MEMORY = 512 * MB;
/** As Node sets V8's heap in a container of 512 MB. */
const HEAP = ["--max-old-space-size=256", "--max-semi-space-size=1"];
/** CPU time that the server's main thread may use before it answers a health check. Other processes do not count. */
const MOST_HEALTH_MS = 1_000;
/** A clock tick of /proc in milliseconds: USER_HZ is 100 on every platform of Node (proc_pid_stat(5)). */
const TICK_MS = 10;

/** A server that is attacked, and watched meanwhile. */
export class Attacked {
  readonly port: number;
  readonly grpcPort: number;
  private readonly child: ChildProcess;
  private readonly printed: () => string;

  private constructor(child: ChildProcess, ports: { port: number; grpcPort: number }, printed: () => string) {
    this.child = child;
    this.port = ports.port;
    this.grpcPort = ports.grpcPort;
    this.printed = printed;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Attacked> {
    const flags = [...HEAP, "--conditions=@tricast/source", PROGRAM];
    const child = spawn(process.execPath, flags, {
      // As in our images.
      env: { ...process.env, MALLOC_ARENA_MAX: "2", TRICAST_LOG_LEVEL: "error", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    const ports = await new Promise<{ port: number; grpcPort: number }>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
          const line = /\{"port":.*\}/.exec(printed)?.[0];
          if (line !== undefined) resolve(JSON.parse(line));
        });
      }
      child.once("exit", (code) => reject(new Error(`The server ended with ${code}:\n${printed}`)));
    });
    return new Attacked(child, ports, () => printed);
  }

  /** Runs the attack. The server must live, answer health checks soon, stay within its memory, and predict afterwards. */
  async survives(attack: () => Promise<void>): Promise<void> {
    const { pid } = this.child;
    // Peak memory counts from here on (proc_pid_clear_refs(5)).
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    const watch = this.watchHealth();
    await attack().finally(() => watch.end());
    const slowest = await watch.slowest;
    assert.ok(!this.hasEnded, `The server has ended:\n${this.printed().slice(-2_000)}`);
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
    if (process.env.SHOW_PEAKS !== undefined)
      console.log(`peak ${Math.round(peak / MB)} MB, health ${Math.round(slowest)} ms`);
    assert.ok(peak > 0 && peak <= MOST_MEMORY, `peak memory ${Math.round(peak / MB)} MB`);
    assert.ok(slowest <= MOST_HEALTH_MS, `a health check waited for ${Math.round(slowest)} ms of work`);
    await this.predicts();
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private async predicts(): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.port}/predict`, {
      method: "POST",
      body: JSON.stringify({ features: [1, 2, 3, 4] }),
      headers: { "x-api-key": "k", "content-type": "application/json" },
    });
    assert.deepEqual([response.status, await response.json()], [200, { sum: 10 }]);
  }

  /** CPU time of the main thread. NaN once the process has ended. */
  private mainThreadMs(): number {
    const { pid } = this.child;
    try {
      const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    } catch {
      return Number.NaN;
    }
  }

  private watchHealth(): { end(): void; readonly slowest: Promise<number> } {
    let goesOn = true;
    const watch = async (): Promise<number> => {
      let slowest = 0;
      for (let last = false; !last; ) {
        last = !goesOn;
        const began = this.mainThreadMs();
        const answered = await fetch(`http://127.0.0.1:${this.port}/health`).then(
          ({ ok }) => ok,
          () => false,
        );
        const took = this.mainThreadMs() - began;
        slowest = Math.max(slowest, answered ? took : Infinity);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return slowest;
    };
    return { end: () => (goesOn = false), slowest: watch() };
  }
}
