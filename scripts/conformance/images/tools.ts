import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { providePrograms } from "../support/debian-packages.ts";

/** Debian's packages of the programs that check images. Packages and programs have the same names. */
export const TOOLS = ["docker-registry", "skopeo", "umoci", "buildah"] as const;

/** Installs missing programs with apt-get. @returns the reason if that fails; `undefined` if all are installed. */
export function provideTools(): string | undefined {
  return providePrograms(Object.fromEntries(TOOLS.map((name) => [name, name])));
}

const execute = promisify(execFile);

/** The output of a program. @throws {Error} with its messages, if it fails. */
export async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execute(program, [...args], { cwd, maxBuffer: 64 * 2 ** 20, timeout: 300_000 });
  return stdout;
}

/** Runs skopeo without the machine's policy, over HTTP for the registries of these checks. */
export function skopeo(...args: string[]): Promise<string> {
  return run("skopeo", ["--insecure-policy", ...args]);
}
