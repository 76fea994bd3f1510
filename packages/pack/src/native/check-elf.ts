import type { TricastError } from "@tricast/core";
import { wrongArchitecture } from "../errors.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import type { Arch } from "../targets/arch.ts";
import { compareVersions, type ElfFile, readElf } from "./elf.ts";

/** The system that a target's native files are loaded in. */
export interface System {
  readonly name: string;
  readonly arch: Arch;
  /** The glibc it has, or `undefined` where that depends on a base image, which is checked on its own. */
  readonly glibc: string | undefined;
}

/** A given base decides which C library there is. */
export function systemOf(
  { name, glibc }: Pick<System, "name" | "glibc">,
  arch: Arch,
  base: BaseFacts | undefined,
): System {
  return base === undefined ? { name, arch, glibc } : { name: `${name} on ${base.given}`, arch, glibc: base.glibc };
}

/** @throws {TricastError} `wrong-architecture` for a file that is not ELF, or that {@link checkElf} refuses. */
export function checkNativeFile(file: string, path: string, system: System): void {
  const elf = readElf(file);
  if (elf === undefined)
    throw wrongArchitecture(`${path} is not an ELF file, and ${system.name} is a Linux; install it for Linux`);
  checkElf(path, elf, system);
}

/** @throws {TricastError} `wrong-architecture`, naming the file, what it is for and what the target has. */
export function checkElf(path: string, elf: ElfFile, system: System): void {
  const { name, arch, glibc } = system;
  if (elf.machine !== arch)
    throw unsuitable(path, `it is for ${elf.machine}, and the target is ${name} on ${arch}`, installFor(arch));
  if (elf.musl) throw unsuitable(path, `it is linked against musl, and ${name} has glibc`, installFor(arch));
  if (glibc !== undefined && elf.glibc !== undefined && compareVersions(elf.glibc, glibc) > 0) {
    const fix = `build it on a system with glibc ${glibc}, or deploy an image with a newer one`;
    throw unsuitable(path, `it needs glibc ${elf.glibc}, and ${name} has ${glibc}`, fix);
  }
}

function installFor(arch: Arch): string {
  return `install the package for the target: npm install --os=linux --cpu=${arch} --libc=glibc`;
}

function unsuitable(path: string, problem: string, fix: string): TricastError {
  return wrongArchitecture(`${path} cannot be loaded there: ${problem}. To fix this, ${fix}`);
}
