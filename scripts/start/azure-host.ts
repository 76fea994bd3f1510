import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { type LogLine, loadAzureApp } from "@tricast/pack/azure-worker";
import { type FunctionInfo, FunctionsServer } from "./azure-server.ts";

/**
 * A small local Azure Functions host. It loads an app folder as the Functions worker does and serves its HTTP
 * functions, without checking keys (`authLevel`). Timers and the warmup trigger do not run automatically:
 * `POST /admin/functions/<name>` and `POST /admin/warmup` fire them, as on the real host.
 *
 * As a program: `node azure-host.ts --root DIR [--port N]`. It sends `{type: "ready", url, functions}` to its parent
 * process, or prints the addresses without one. On SIGTERM and SIGINT it runs the `appTerminate` hooks and exits with
 * 0.
 */
export interface AzureHostOptions {
  /** Folder with package.json and host.json. */
  readonly root: string;
  /** Default 7071, the default of Azure's own tools; 0 takes any free port. */
  readonly port?: number;
  /** Default: prints one line per entry on standard output. */
  readonly log?: LogLine;
}

export type { FunctionInfo };

export interface AzureHost {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  /** Stops like the real host: refuses new requests, runs the `appTerminate` hooks, ends the worker, flushes replies. */
  stop(): Promise<void>;
}

const DEFAULT_PORT = 7071;

/**
 * Needs a process of its own, because it changes the working directory and the results of `require`.
 * @throws {Error} if the app would not start in Azure, or if the port is taken.
 */
export async function startAzureHost({
  root,
  port = DEFAULT_PORT,
  log = printLine,
}: AzureHostOptions): Promise<AzureHost> {
  const folder = path.resolve(root);
  const prefix = readRoutePrefix(folder);
  // The values that Azure's own tools set for an app on a laptop.
  process.env.FUNCTIONS_WORKER_RUNTIME ??= "node";
  process.env.FUNCTIONS_EXTENSION_VERSION ??= "~4";
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= "Development";
  const worker = await loadAzureApp(folder, log);
  const host = new FunctionsServer({
    worker,
    functions: worker.functions.values(),
    prefix,
    httpUri: await worker.httpUri(),
  });
  const url = await host.listen(port);
  return { url, functions: host.describe(url), stop: () => host.stop() };
}

/** The host does not start an app without a host.json of version 2.0. */
function readRoutePrefix(root: string): string {
  const file = path.join(root, "host.json");
  if (!existsSync(file)) throw new Error(`${file} is missing; it needs at least {"version": "2.0"}`);
  const { version, extensions } = JSON.parse(readFileSync(file, "utf8")) as {
    version?: string;
    extensions?: { http?: { routePrefix?: string } };
  };
  if (version !== "2.0") throw new Error(`${file} has version ${JSON.stringify(version)}; it must be "2.0"`);
  return extensions?.http?.routePrefix ?? "api";
}

const printLine: LogLine = ({ functionName, invocationId, level, message }) => {
  process.stdout.write(`[${functionName} ${invocationId}] ${level}: ${message}\n`);
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: "string" }, port: { type: "string" } } });
  if (values.root === undefined) throw new Error("--root DIR is missing: the folder with package.json and host.json");
  const host = await startAzureHost({ root: values.root, port: Number(values.port ?? DEFAULT_PORT) });
  const stop = () => void host.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (process.send === undefined) {
    for (const each of host.functions)
      console.log(
        each.url === undefined ? `${each.name}: ${each.trigger}` : `${each.name}: [${each.methods}] ${each.url}`,
      );
    return;
  }
  process.send({ type: "ready", url: host.url, functions: host.functions });
  // Without its parent, no process can stop this one.
  process.once("disconnect", stop);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
}
