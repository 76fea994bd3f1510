import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SERVERLESS = join(ROOT, "node_modules/serverless/bin/serverless.js");

/** A folder that the Serverless Framework runs in, with this repository's handlers and installed packages. */
export interface ServerlessService extends AsyncDisposable {
  readonly folder: string;
  /** Runs a command to its end. @throws {Error} with its output where it fails. */
  run(args: readonly string[]): Promise<string>;
  /** Starts a command that goes on. */
  start(args: readonly string[]): ChildProcess;
  /** The template that `serverless package` wrote. */
  template(): Promise<Template>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly UpdatePolicy?: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  readonly Properties: Readonly<Record<string, any>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** @param document text of a serverless.yml. Default: this repository's. */
export async function makeService(document?: string): Promise<ServerlessService> {
  const folder = await mkdtemp(join(tmpdir(), "tricast-serverless-"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await symlink(join(ROOT, "handlers"), join(folder, "handlers"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const file = join(folder, "serverless.yml");
  await (document === undefined ? copyFile(join(ROOT, "serverless.yml"), file) : writeFile(file, document));
  return {
    folder,
    run: (args) => finish(start(folder, args)),
    start: (args) => start(folder, args),
    async template() {
      const text = await readFile(join(folder, ".serverless/cloudformation-template-update-stack.json"), "utf8");
      return JSON.parse(text) as Template;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function start(cwd: string, args: readonly string[]): ChildProcess {
  const command = [process.execPath, "--conditions=@tricast/source", SERVERLESS, ...args];
  const isServer = args[0] === "offline";
  const [program = "", ...rest] = isServer ? command : [...withoutNetwork(), ...command];
  return spawn(program, rest, { cwd, stdio: "pipe", env: environment() });
}

/** Without account and telemetry; requests to a proxy or a registry are refused. */
function environment(): NodeJS.ProcessEnv {
  const nowhere = "http://127.0.0.1:9";
  const own = Object.entries(process.env).filter(([name]) => !/^AWS_|^SLS_|^SERVERLESS_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(own),
    ...{ HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_PROXY: "127.0.0.1,localhost", npm_config_registry: nowhere },
    ...{
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
    },
    ...{ SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" },
  };
}

/** A network of its own with nothing in it, where this machine lets us have one. */
function withoutNetwork(): readonly string[] {
  const unshare = ["unshare", "--map-root-user", "--net"];
  return spawnSync(unshare[0] as string, [...unshare.slice(1), "true"]).status === 0 ? unshare : [];
}

async function finish(child: ChildProcess): Promise<string> {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`serverless ended with ${code}:\n${output.join("")}`);
  return output.join("");
}
