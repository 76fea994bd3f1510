import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/repository.ts";
import { exclusively } from "./exclusive.ts";

const INSTALL_MS = 900_000;

/**
 * The folder of programs of a virtual environment with one package of PyPI, `name==version`, made on first use.
 * @throws {Error} with the last message of the installer, if the package cannot be installed.
 */
export function providePythonTool(requirement: string): string {
  return provideOnce(requirement.replace("==", "-"), [requirement], requirement);
}

/**
 * The same with every package of a requirements file. A changed file gets a new environment.
 * @param name of the environment's folder.
 */
export function providePythonPackages(name: string, requirementsFile: string): string {
  const hash = createHash("sha256").update(readFileSync(requirementsFile)).digest("hex").slice(0, 12);
  return provideOnce(`${name}-${hash}`, ["--requirement", requirementsFile], requirementsFile);
}

function provideOnce(name: string, install: readonly string[], wanted: string): string {
  return exclusively(name, () => provideEnvironment(name, install, wanted));
}

function provideEnvironment(name: string, install: readonly string[], wanted: string): string {
  const folder = join(ROOT, "node_modules/.cache", name);
  const programs = join(folder, "bin");
  const isWhole = join(folder, "installed");
  if (existsSync(isWhole)) return programs;
  try {
    run("python3", ["-m", "venv", "--clear", folder]);
    run(join(programs, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...install]);
    run("touch", [isWhole]);
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    const said = stderr?.toString().trim().split("\n").at(-1) || message;
    throw new Error(`${wanted} cannot be installed here; it needs Python 3 with venv, and PyPI: ${said}`);
  }
  return programs;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: "pipe", timeout: INSTALL_MS });
}
