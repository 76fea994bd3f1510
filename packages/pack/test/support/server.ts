import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

export interface Server {
  readonly url: string;
  output(): string;
  /** Sends SIGTERM; resolves with the exit code, `null` where it had to be killed. */
  stop(): Promise<number | null>;
}

/** Starts a server on a free port, and waits until it prints its address. */
export async function startServer(
  command: (port: number) => readonly string[],
  { env, ready }: { readonly env: (port: number) => Readonly<Record<string, string>>; readonly ready: RegExp },
): Promise<Server> {
  const port = await freePort();
  const [program, ...args] = command(port);
  const child = spawn(program as string, args, {
    cwd: "/",
    env: { PATH: process.env.PATH, ...env(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await untilReady(
    child,
    () => ready.test(printed),
    () => printed,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => printed,
    stop: () => {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
      return exited;
    },
  };
}

function untilReady(child: ChildProcess, isReady: () => boolean, printed: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = performance.now() + 30_000;
    const look = setInterval(() => {
      if (isReady()) finish(resolve);
      else if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        child.kill("SIGKILL");
        finish(() => reject(new Error(`the server was not ready:\n${printed()}`)));
      }
    }, 20);
    const finish = (settle: () => void): void => {
      clearInterval(look);
      settle();
    };
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
