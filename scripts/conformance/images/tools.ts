import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** Debian's packages of the programs that images are compared with, which have the programs' names. */
export const TOOLS = ["docker-registry", "skopeo", "umoci", "buildah"] as const;

/** Installs what is missing, where apt-get may. @returns why that cannot be, or `undefined` when all are there. */
export function provideTools(): string | undefined {
  const missing = TOOLS.filter((name) => !isInstalled(name));
  if (missing.length === 0) return undefined;
  if (!isInstalled("apt-get")) return `${missing.join(", ")} are not installed, and there is no apt-get`;
  if (process.getuid?.() !== 0) return `${missing.join(", ")} are not installed, and only root may install them`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    execFileSync("apt-get", ["update", "-qq"], { env, stdio: "pipe", timeout: 300_000 });
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
    execFileSync("apt-get", install, { env, stdio: "pipe", timeout: 600_000 });
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return `apt-get cannot install ${missing.join(", ")}: ${stderr?.toString().trim().split("\n").at(-1) || message}`;
  }
  return undefined;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$1"', "sh", program], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

const execute = promisify(execFile);

/** What a program prints. @throws {Error} with what it said, when it fails. */
export async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execute(program, [...args], { cwd, maxBuffer: 64 * 2 ** 20, timeout: 300_000 });
  return stdout;
}

/** Skopeo reads no policy of the machine, and speaks HTTP to the registries of these checks. */
export function skopeo(...args: string[]): Promise<string> {
  return run("skopeo", ["--insecure-policy", ...args]);
}
