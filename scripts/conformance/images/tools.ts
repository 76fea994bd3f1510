import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { providePrograms } from "../support/debian-packages.ts";

/** Debian's packages of the programs that images are compared with, which have the programs' names. */
export const TOOLS = ["docker-registry", "skopeo", "umoci", "buildah"] as const;

/** Installs what is missing, where apt-get may. @returns why that cannot be, or `undefined` when all are there. */
export function provideTools(): string | undefined {
  return providePrograms(Object.fromEntries(TOOLS.map((name) => [name, name])));
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
