import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ResolvedPlan } from "@tricast/plan";
import { renderNginx } from "@tricast/plan";

const START_MS = 30_000;

/** A folder with every file that a site names, and our own certificate. */
export interface Site {
  readonly folder: string;
  readonly certificates: string;
}

export function makeSite(folder: string): Site {
  const certificates = join(folder, "certificates");
  mkdirSync(certificates, { recursive: true });
  const files = ["-keyout", join(certificates, "privkey.pem"), "-out", join(certificates, "fullchain.pem")];
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=*.models.example.com"];
  execFileSync("openssl", ["req", "-x509", ...key, ...files], { stdio: "pipe" });
  return { folder, certificates };
}

/** The messages of nginx itself about the sites of a plan; empty if it accepts them. */
export function test({ folder, certificates }: Site, plan: ResolvedPlan): string {
  const sites = renderNginx([plan]).map(({ text }) =>
    text.replaceAll(/(ssl_certificate\w* )\S*\//g, `$1${certificates}/`),
  );
  const { status, stderr } = spawnSync("nginx", configured(folder, sites.join("\n"), ["-t", "-q"]), {
    encoding: "utf8",
  });
  return status === 0 ? stderr : `${status}: ${stderr}`;
}

/** nginx with the only site of a plan, which has {@link Site.certificates}, on a port of this machine. `stop` ends it. */
export async function start({ folder }: Site, plan: ResolvedPlan, port: number): Promise<{ stop(): Promise<void> }> {
  const text = renderNginx([plan])
    .map((file) => file.text)
    .join("\n")
    .replaceAll(/listen \[::\].*\n/g, "")
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("listen 80", "listen unix:redirect.sock");
  const child = spawn("nginx", configured(folder, text, []), { stdio: ["ignore", "inherit", "inherit"], cwd: folder });
  await untilOpen(child, port);
  return {
    async stop() {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
    },
  };
}

function configured(folder: string, site: string, more: readonly string[]): string[] {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  writeFileSync(join(folder, "site.conf"), site);
  const text = [
    "daemon off; pid nginx.pid; error_log stderr warn; events {}",
    `http { access_log off; ${paths.join(" ")} include ${folder}/site.conf; }`,
  ].join("\n");
  writeFileSync(join(folder, "nginx.conf"), `${text}\n`);
  return [...more, "-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
}

async function untilOpen(child: ChildProcess, port: number): Promise<void> {
  const end = performance.now() + START_MS;
  while (performance.now() < end && child.exitCode === null) {
    if (await isOpen(port)) return;
    await sleep(20);
  }
  throw new Error(`nginx does not listen (exit code ${child.exitCode})`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
