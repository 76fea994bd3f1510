import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { ResolvedPlan } from "@tricast/plan";
import { ROOT } from "../../check/repository.ts";
import { olderProvider } from "../terraform/older-provider.ts";
import { providerMirror } from "../terraform/provider-mirror.ts";

const RUN_MS = 300_000;
/** The folder of the module for AWS that tricast writes. */
const MODULE = "terraform/aws";
const TRICAST = join(ROOT, "packages/cli/src/main.ts");

export interface Deployed {
  readonly exitCode: number;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly smoke: readonly { readonly ok: boolean; readonly problem: string }[];
}

/** A folder with this repository's configuration and handlers, deployed to the emulator with its own command line. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Requested hosts outside of this machine. All are refused. */
  readonly asked: ReadonlySet<string>;
  plan(stage: string): Promise<ResolvedPlan>;
  deploy(stage: string): Promise<Deployed>;
  /** @returns the changes that Terraform would make now to a stage. */
  changes(stage: string): Promise<readonly Change[]>;
  destroy(stage: string): Promise<void>;
}

/** developer.hashicorp.com/terraform/internals/json-format, change representation. */
export interface Change {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

/** @param url of the APIs of AWS. @param programs folders for the front of `PATH`. */
export async function makeProject(url: string, programs: readonly string[]): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "tricast-deploy-aws-"));
  const asked = new Set<string>();
  const proxy = await refuseAll(asked);
  const env = { ...writeProject(folder, programs), AWS_ENDPOINT_URL: url, HTTPS_PROXY: addressOf(proxy) };
  const module = join(folder, MODULE);
  const terraform = (args: readonly string[]) => run("terraform", [`-chdir=${module}`, ...args], { cwd: folder, env });
  const tricast = (args: readonly string[]) =>
    tryRun(process.execPath, ["--conditions=@tricast/source", TRICAST, ...args, "--json"], { cwd: folder, env });
  return {
    folder,
    asked,
    async plan(stage) {
      return (JSON.parse(must(await tricast(["plan", "--stage", stage]))) as { readonly plan: ResolvedPlan }).plan;
    },
    async deploy(stage) {
      const { exitCode, stdout, stderr } = await tricast([
        "deploy",
        "aws",
        "--via",
        "terraform",
        "--yes",
        "--stage",
        stage,
      ]);
      const answer = stdout === "" ? undefined : JSON.parse(stdout);
      if (answer?.endpoints === undefined)
        throw new Error(`deploy ended with ${exitCode}:\n${stdout}${stderr.slice(-8000)}`);
      return { ...answer, exitCode };
    },
    async changes(stage) {
      await terraform(["plan", "-input=false", `-var-file=${stage}.tfvars`, "-out=again.tfplan"]);
      const { resource_changes: all } = JSON.parse(await terraform(["show", "-json", "again.tfplan"]));
      return (all as readonly Change[]).filter(({ change }) => !["no-op", "read"].includes(String(change.actions)));
    },
    async destroy(stage) {
      await terraform(["destroy", "-auto-approve", "-input=false", `-var-file=${stage}.tfvars`]);
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the environment of its commands. */
function writeProject(folder: string, programs: readonly string[]): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  const module = join(folder, MODULE);
  copyFileSync(join(ROOT, "tricast.config.ts"), join(folder, "tricast.config.ts"));
  for (const name of ["handlers", "node_modules"]) symlinkSync(join(ROOT, name), join(folder, name));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  mkdirSync(module, { recursive: true });
  const { runtime } = writeTerraform(bin, module);
  return {
    ...ownEnvironment(),
    ...(runtime && { TF_VAR_runtime: runtime }),
    PATH: [bin, ...programs, process.env.PATH].join(delimiter),
  };
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * A wrapper of Terraform on PATH. The endpoints of an emulator do not answer, and the smoke test must not call
 * real endpoints with the same addresses, so its requests go to a proxy. Terraform may call its registry.
 */
function writeTerraform(bin: string, module: string): { readonly runtime: string | undefined } {
  const mirror = providerMirror();
  const older = mirror === undefined ? undefined : olderProvider(mirror);
  if (older !== undefined) writeFileSync(join(module, older.override.name), older.override.text);
  const lines = [
    "#!/bin/sh",
    "set -e",
    `HTTPS_PROXY='${process.env.HTTPS_PROXY ?? ""}'; export HTTPS_PROXY`,
    ...(mirror === undefined ? [] : [`TF_CLI_ARGS_init='-plugin-dir=${mirror}'; export TF_CLI_ARGS_init`]),
    ...(older === undefined
      ? []
      : [`[ ! -e '${module}/main.tf' ] || sed -i '${older.unknownLines}' '${module}/main.tf'`]),
    `PATH='${process.env.PATH}' exec terraform "$@"`,
    "",
  ];
  mkdirSync(bin);
  writeFileSync(join(bin, "terraform"), lines.join("\n"));
  chmodSync(join(bin, "terraform"), 0o755);
  return { runtime: older?.runtime };
}

/** Environment without the accounts of the user who runs this. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^AWS_|^TF_VAR_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(others),
    ...{ AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_EC2_METADATA_DISABLED: "true" },
    ...{ AWS_CONFIG_FILE: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent" },
    ...{ CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_CLI_ARGS: "-no-color" },
    ...{ NODE_USE_ENV_PROXY: "1", NO_PROXY: "127.0.0.1" },
  };
}

/** A proxy that records the requested hosts and refuses every connection. */
function refuseAll(asked: Set<string>): Promise<Server> {
  const proxy = createServer().on("connect", ({ url = "" }, socket) => {
    asked.add(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  return new Promise((resolve) => proxy.listen(0, "127.0.0.1", () => resolve(proxy)));
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

async function tryRun(program: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  try {
    const limits = { timeout: RUN_MS, maxBuffer: 256 * 1024 * 1024 };
    return { exitCode: 0, ...(await promisify(execFile)(program, args, { ...options, ...limits })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { exitCode: code, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}

function must({ exitCode, stdout, stderr }: Ended): string {
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}:\n${stdout.slice(-4000)}${stderr.slice(-4000)}`);
  return stdout;
}

async function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  return must(await tryRun(program, args, options));
}
