import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

export interface LocalRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Number of uploaded blobs so far, from the registry's own log. */
  uploads(): number;
  stop(): Promise<void>;
}

export const ACCOUNT = { username: "builder", password: "conformance" };

/** Debian's docker-registry (distribution/distribution 2.8) on loopback, with or without a password. */
export async function startLocalRegistry(folder: string, withPassword: boolean): Promise<LocalRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.yml"), configuration(folder, host, withPassword));
  if (withPassword) writeFileSync(join(folder, "htpasswd"), `${ACCOUNT.username}:${bcrypt(ACCOUNT.password)}\n`);
  const child = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8");
    });
  }
  await untilAnswering(host, () => log);
  return {
    host,
    uploads: () => (log.match(/"PUT \/v2\/[^"]*\/blobs\/uploads\/[^"]*" 201/g) ?? []).length,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

function configuration(folder: string, host: string, withPassword: boolean): string {
  const auth = `auth:\n  htpasswd:\n    realm: conformance\n    path: ${JSON.stringify(join(folder, "htpasswd"))}\n`;
  return [
    "version: 0.1",
    "log: { level: warn, accesslog: { disabled: false } }",
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, "data"))} } }`,
    `http: { addr: "${host}" }`,
    withPassword ? auth : "",
  ].join("\n");
}

/** A line of htpasswd. Every Debian has perl, which calls the system's crypt(3). */
function bcrypt(password: string): string {
  const program = 'print crypt($ARGV[0], q{$2y$05$} . "conformancesalt1234567" )';
  return execFileSync("perl", ["-e", program, password], { encoding: "utf8" });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

async function untilAnswering(host: string, log: () => string): Promise<void> {
  const giveUp = Date.now() + 10_000;
  while (Date.now() < giveUp) {
    try {
      await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`docker-registry does not answer on ${host}:\n${log()}`);
}
