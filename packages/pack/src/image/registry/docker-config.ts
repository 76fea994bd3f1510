import { type ExecFileException, execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { registryDenied } from "../../errors.ts";
import { parseJson } from "../../files/parse-json.ts";
import { canonicalHost } from "./reference.ts";

export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token. The client exchanges it for bearer tokens. */
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

/** The key of Docker Hub's credentials, which is older than names of registries. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * The credentials of `docker login` for a registry: from `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, in
 * Docker's order: the registry's own helper, the common store, the file.
 * @returns `undefined` without credentials: the requests then carry none.
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
    throw registryDenied(`${file} cannot be read: ${(cause as Error).message}`, cause);
  }
  const config = parseJson(text);
  if (typeof config === "object" && config !== null) return config;
  // Without the parser's message, which quotes the file and its secrets.
  throw registryDenied(`${file} is not a JSON object; repair it, or run "docker login" again`);
}

/** Keys are hosts, or URLs that begin with one. */
function findByHost<T>(entries: Readonly<Record<string, T>> | undefined, registry: string): T | undefined {
  if (typeof entries !== "object" || entries === null) return undefined;
  if (registry === "docker.io" && Object.hasOwn(entries, DOCKER_HUB_KEY)) return entries[DOCKER_HUB_KEY];
  if (Object.hasOwn(entries, registry)) return entries[registry];
  return Object.entries(entries).find(([key]) => hostOf(key) === registry)?.[1];
}

function hostOf(key: string): string {
  return canonicalHost(key.replace(/^https?:\/\//, "").replace(/\/.*$/s, ""));
}

function decodeEntry(entry: AuthEntry, file: string, registry: string): Credentials | undefined {
  const { auth, username, password, identitytoken: identityToken } = entry;
  if (typeof identityToken === "string" && identityToken !== "") return { identityToken };
  if (typeof username === "string" && typeof password === "string") return { username, password };
  if (typeof auth !== "string" || auth === "") return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1)
    throw registryDenied(
      `the auth of ${registry} in ${file} is not base64 of user:password; run "docker login ${registry}" again`,
    );
  // Docker pads some passwords with NULs.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

/** The protocol of docker/docker-credential-helpers: the registry on stdin, JSON on stdout; "not found" is exit 1. */
async function askHelper(name: string, registry: string, env: NodeJS.ProcessEnv): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name))
    throw registryDenied(
      `${JSON.stringify(name)} is not a name of a credential helper; correct credsStore and credHelpers in the Docker configuration`,
    );
  const program = `docker-credential-${name}`;
  const running = promisify(execFile)(program, ["get"], { env, timeout: HELPER_TIMEOUT_MS });
  // A helper may answer without reading its input.
  running.child.stdin?.on("error", () => {}).end(registry === "docker.io" ? DOCKER_HUB_KEY : registry);
  const answer = await running.catch((error: ExecFileException) => notAnswered(error, program, registry));
  return answer === undefined ? undefined : decodeAnswer(program, answer.stdout);
}

/** @returns `undefined` where the helper has no credentials. */
function notAnswered(error: ExecFileException, program: string, registry: string): undefined {
  const { code, signal, stdout = "", stderr = "" } = error;
  if (typeof code === "string")
    throw registryDenied(
      `${program} cannot be started: ${error.message}; install it, or remove it from the Docker configuration`,
      error,
    );
  if (/credentials not found/i.test(stdout + stderr)) return undefined;
  const reason = (stderr || stdout).trim().slice(0, 300) || (signal ?? `exit ${code}`);
  throw registryDenied(`${program} get failed for ${registry}: ${reason}`);
}

function decodeAnswer(program: string, stdout: string): Credentials | undefined {
  const answer = (parseJson(stdout) ?? {}) as Readonly<Record<string, unknown>>;
  const { Username: username, Secret: secret } = answer;
  // The error does not quote the output, which may have the secret.
  if (typeof username !== "string" || typeof secret !== "string")
    throw registryDenied(
      `${program} get printed something other than {"Username","Secret"}; update the credential helper`,
    );
  if (secret === "") return undefined;
  return username === "<token>" ? { identityToken: secret } : { username, password: secret };
}
