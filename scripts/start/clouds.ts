import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { bundleHandler } from "./bundle.ts";
import { type Running, startChild } from "./child.ts";

export interface Cloud {
  readonly name: string;
  /** The option that changes its port. */
  readonly flag: string;
  readonly port: number;
  /** The URL to which examples are sent with `POST`. */
  readonly url: string;
  /** The event that starts its instance: the first request, or the start of the process. */
  readonly instanceBegins: "at the first request" | "with the process";
  start(signal: AbortSignal): Promise<Running>;
}

export interface CloudPlace {
  readonly root: string;
  readonly predictor: string;
  readonly ports: { readonly aws: number; readonly azure: number; readonly google: number };
}

export function clouds(place: CloudPlace): readonly Cloud[] {
  return [aws(place), azure(place), google(place)];
}

/** Lambda behind API Gateway: serverless-offline reads this repository's serverless.yml and runs the built artefacts. */
function aws({ root, predictor, ports }: CloudPlace): Cloud {
  const base = `http://127.0.0.1:${ports.aws}/${predictor}`;
  return {
    name: "AWS Lambda",
    instanceBegins: "at the first request",
    flag: "--aws-port",
    port: ports.aws,
    url: `${base}/predict`,
    start: async (signal) =>
      startChild({
        name: "AWS Lambda (serverless-offline)",
        cwd: root,
        args: [
          join(root, "node_modules/serverless/bin/serverless.js"),
          "offline",
          // The same paths as on all clouds, for every kind of gateway.
          "--noPrependStageInUrl",
          ...["--host", "127.0.0.1", "--httpPort", String(ports.aws), "--lambdaPort", String(await freePort())],
        ],
        env: { SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" },
        logFile: logFile(root, "aws"),
        port: ports.aws,
        signal,
      }),
  };
}

/** A Functions app folder, loaded as by the Functions worker. */
function azure({ root, predictor, ports }: CloudPlace): Cloud {
  const base = `http://127.0.0.1:${ports.azure}/api/${predictor}`;
  return {
    name: "Azure Functions",
    instanceBegins: "with the process",
    flag: "--azure-port",
    port: ports.azure,
    url: `${base}/predict`,
    async start(signal) {
      const app = await emptyFolder(root, "azure");
      await bundleHandler(join(root, "handlers", predictor, "azure-functions.ts"), join(app, "dist/functions.js"));
      await writeJson(join(app, "package.json"), { name: "tricast-examples", type: "commonjs", main: "dist/*.js" });
      await writeJson(join(app, "host.json"), { version: "2.0" });
      return startChild({
        name: "Azure Functions",
        cwd: root,
        args: [
          "--conditions=@tricast/source",
          ...[join(root, "scripts/start/azure-host.ts"), "--root", app, "--port", String(ports.azure)],
        ],
        logFile: logFile(root, "azure"),
        port: ports.azure,
        signal,
      });
    },
  };
}

/** One function in Google's own functions-framework. */
function google({ root, predictor, ports }: CloudPlace): Cloud {
  const base = `http://127.0.0.1:${ports.google}`;
  return {
    name: "Google Cloud Functions",
    instanceBegins: "with the process",
    flag: "--google-port",
    port: ports.google,
    url: `${base}/predict`,
    async start(signal) {
      const source = await emptyFolder(root, "google");
      await bundleHandler(join(root, "handlers", predictor, "cloud-functions.ts"), join(source, "index.js"));
      await writeJson(join(source, "package.json"), { name: predictor, type: "commonjs", main: "index.js" });
      return startChild({
        name: "Google Cloud Functions (functions-framework)",
        cwd: source,
        args: [join(root, "node_modules/@google-cloud/functions-framework/build/src/main.js"), `--target=${predictor}`],
        env: { PORT: String(ports.google) },
        logFile: logFile(root, "google"),
        port: ports.google,
        signal,
      });
    },
  };
}

/** Throws if another program listens on the port of a cloud. */
export async function refuseBusyPort({ name, port, flag }: Cloud): Promise<void> {
  const busy = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
  });
  if (busy) throw new Error(`Port ${port} for ${name} is taken; free it, or choose another with ${flag} N`);
}

/** serverless-offline opens a second port, for invoking Lambda directly. */
async function freePort(): Promise<number> {
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

export function logFile(root: string, cloud: string): string {
  return join(root, ".tricast", "start", `${cloud}.log`);
}

async function emptyFolder(root: string, name: string): Promise<string> {
  const folder = join(root, ".tricast", "start", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

function writeJson(path: string, value: unknown): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
