import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = path.join(REPOSITORY, ".cache/conformance/server-clients");
const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));
const INSTALL_MS = 900_000;

/** The folder of programs of a virtual environment with the clients, made on first use; or the reason if that fails. */
export function provideClients(): string | Error {
  const programs = path.join(FOLDER, "bin");
  const stamp = path.join(FOLDER, "requirements.txt");
  const wanted = readFileSync(REQUIREMENTS, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return programs;
  try {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    execFileSync("python3", ["-m", "venv", FOLDER], { stdio: "pipe", timeout: INSTALL_MS });
    const install = ["install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
    execFileSync(path.join(programs, "pip"), install, { stdio: "pipe", timeout: INSTALL_MS });
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return new Error(stderr?.toString().trim().split("\n").at(-1) || message);
  }
  writeFileSync(stamp, wanted);
  return programs;
}
