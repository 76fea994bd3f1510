import { execFileSync } from "node:child_process";
import { exclusively } from "./exclusive.ts";

const UPDATE_MS = 300_000;
const INSTALL_MS = 600_000;

/**
 * Installs Debian's packages whose programs are missing.
 * @param packages by the name of the program that each contains.
 * @returns the reason if that fails; `undefined` if all are installed.
 */
export function providePrograms(packages: Readonly<Record<string, string>>): string | undefined {
  return exclusively("debian-packages", () => installMissing(packages));
}

/** Why tests of these programs are skipped: those that are not installed; `false` when all are. */
export function whyWithout(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length > 0 && `not installed: ${missing.join(", ")}`;
}

function installMissing(packages: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.keys(packages).filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  if (!isInstalled("apt-get")) return `${missing.join(", ")} are not installed, and apt-get is missing`;
  if (process.getuid?.() !== 0) return `${missing.join(", ")} are not installed, and only root may install them`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    execFileSync("apt-get", ["update", "-qq"], { env, stdio: "pipe", timeout: UPDATE_MS });
    const install = [
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      ...missing.map((name) => packages[name] ?? name),
    ];
    execFileSync("apt-get", install, { env, stdio: "pipe", timeout: INSTALL_MS });
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
