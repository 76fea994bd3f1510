import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/repository.ts";

const INSTALL_MS = 900_000;

/**
 * The folder of programs of a virtual environment with one package of PyPI, `name==version`, made where there is none yet.
 * @throws {Error} where it cannot be had, with what the installer said last.
 */
export function providePythonTool(requirement: string): string {
  const folder = join(ROOT, "node_modules/.cache", requirement.replace("==", "-"));
  const programs = join(folder, "bin");
  const isWhole = join(folder, "installed");
  if (existsSync(isWhole)) return programs;
  try {
    run("python3", ["-m", "venv", "--clear", folder]);
    run(join(programs, "pip"), ["install", "--quiet", "--disable-pip-version-check", requirement]);
    run("touch", [isWhole]);
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    const said = stderr?.toString().trim().split("\n").at(-1) || message;
    throw new Error(`${requirement} cannot be installed here; it needs Python 3 with venv, and PyPI: ${said}`);
  }
  return programs;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: "pipe", timeout: INSTALL_MS });
}
