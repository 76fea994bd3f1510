import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { TricastError } from "@tricast/core";

export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which is exchanged for bearer tokens. */
  | { readonly identityToken: string };

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const HELPER_TIMEOUT_MS = 60_000;

/** What Docker Hub's credentials are kept under, since before registries had names. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * The credentials that `docker login` left for a registry: from `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`, in Docker's order: the registry's own helper, the common store, the file itself.
 * @returns `undefined` without credentials: the registry is then asked without.
 * @throws {TricastError} `registry-denied` when the file cannot be read or a helper fails.
 */
export async function dockerCredentials(
  registry: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | undefined> {
  const file = join(environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker"), "config.json");
  const config = await readConfig(file);
  const helper = findByHost(config.credHelpers, registry) ?? config.credsStore;
  if (typeof helper === "string" && helper !== "") {
    const fromHelper = await askHelper(helper, registry, environment);
    if (fromHelper !== undefined) return fromHelper;
  }
  const entry = findByHost(config.auths, registry);
  return entry === undefined ? undefined : decodeEntry(entry, file, registry);
}

async function readConfig(file: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new TricastError("registry-denied", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    const config = JSON.parse(text) as unknown;
    if (typeof config === "object" && config !== null) return config;
  } catch {
    // The parser's message would quote the file, which holds secrets.
  }
  throw new TricastError("registry-denied", `${file} is not a JSON object; repair it, or run "docker login" again`);
}

/** Keys are hosts, or URLs that begin with one. */
function findByHost<T>(entries: Readonly<Record<string, T>> | undefined, registry: string): T | undefined {
  if (typeof entries !== "object" || entries === null) return undefined;
  if (registry === "docker.io" && Object.hasOwn(entries, DOCKER_HUB_KEY)) return entries[DOCKER_HUB_KEY];
  if (Object.hasOwn(entries, registry)) return entries[registry];
  return Object.entries(entries).find(([key]) => hostOf(key) === registry)?.[1];
}

function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

function decodeEntry(entry: AuthEntry, file: string, registry: string): Credentials | undefined {
  if (typeof entry.identitytoken === "string" && entry.identitytoken !== "") {
    return { identityToken: entry.identitytoken };
  }
  if (typeof entry.username === "string" && typeof entry.password === "string") {
    return { username: entry.username, password: entry.password };
  }
  if (typeof entry.auth !== "string" || entry.auth === "") return undefined;
  const text = Buffer.from(entry.auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1) {
    throw new TricastError("registry-denied", `the auth of ${registry} in ${file} is not base64 of user:password`);
  }
  // Docker pads some with NULs.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

/** The protocol of docker/docker-credential-helpers: the registry on stdin, JSON on stdout, "not found" is exit 1. */
async function askHelper(
  name: string,
  registry: string,
  environment: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) {
    throw new TricastError("registry-denied", `${JSON.stringify(name)} is not a name of a credential helper`);
  }
  const program = `docker-credential-${name}`;
  const { status, stdout, stderr } = await run(
    program,
    registry === "docker.io" ? DOCKER_HUB_KEY : registry,
    environment,
  );
  if (status !== 0) {
    if (/credentials not found/i.test(stdout + stderr)) return undefined;
    const said = (stderr || stdout).trim().slice(0, 300);
    throw new TricastError("registry-denied", `${program} get failed for ${registry}: ${said || `exit ${status}`}`);
  }
  return decodeAnswer(program, stdout);
}

function decodeAnswer(program: string, stdout: string): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown } = {};
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch {
    // Said below, without the output: it may hold the secret.
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== "string" || typeof secret !== "string") {
    throw new TricastError("registry-denied", `${program} get answered something that is not {"Username","Secret"}`);
  }
  if (secret === "") return undefined;
  return username === "<token>" ? { identityToken: secret } : { username, password: secret };
}

interface HelperResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, input: string, env: NodeJS.ProcessEnv): Promise<HelperResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], { env, stdio: "pipe" });
    // Not spawn's own timeout: its timer goes on when the program cannot be started.
    const timer = setTimeout(() => child.kill(), HELPER_TIMEOUT_MS);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (cause) => {
      clearTimeout(timer);
      const message = `${program} cannot be started: ${cause.message}; the Docker configuration names it`;
      reject(new TricastError("registry-denied", message, { cause }));
    });
    // A helper may answer without reading.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
  });
}
