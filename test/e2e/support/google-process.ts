import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Entries, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

const FRAMEWORK = fileURLToPath(new URL("../../../node_modules/@google-cloud/functions-framework", import.meta.url));

/** A function folder: one bundle, with the framework beside it as a package, as Cloud Run functions lay it out. */
export async function googleApp(source: string): Promise<TemporaryApp> {
  const entries: Entries = { "index.ts": source };
  const app = await temporaryApp(entries, {
    external: ["@google-cloud/functions-framework"],
    manifest: { main: "dist/index.js" },
  });
  mkdirSync(path.join(app.root, "node_modules/@google-cloud"), { recursive: true });
  symlinkSync(FRAMEWORK, path.join(app.root, "node_modules/@google-cloud/functions-framework"));
  return app;
}

export interface GoogleProcess {
  readonly url: string;
  readonly child: ChildProcess;
  output(): string;
  /** Sends the signal and resolves with the exit code, `null` when the signal itself ended it. */
  stop(signal?: "SIGTERM" | "SIGINT"): Promise<number | null>;
}

/** The framework's own program, serving `target` of the app in `root`. */
export async function startFramework(
  root: string,
  target: string,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<GoogleProcess> {
  const port = await freePort();
  const program = path.join(root, "node_modules/@google-cloud/functions-framework/build/src/main.js");
  const child = spawn(
    process.execPath,
    [program, `--source=${root}`, `--port=${port}`, `--target=${target}`, ...args],
    {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let printed = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`functions-framework was not ready after 30 s:\n${printed}`));
    }, 30_000);
    const read = (text: string) => {
      printed += text;
      if (!printed.includes("URL: http://localhost:")) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new Error(`functions-framework ended with ${code}:\n${printed}`));
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    output: () => printed,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      // A process that does not stop is a failure to report (its code is null), and not one to wait for.
      setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
      return exited;
    },
  };
}

/** The framework prints the port it was given, so it cannot be asked to choose one itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
