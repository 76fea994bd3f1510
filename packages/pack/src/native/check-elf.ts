import type { TricastError } from "@tricast/core";
import { wrongArchitecture } from "../errors.ts";
import type { BaseFacts } from "../image/base/inspect-base.ts";
import type { Arch } from "../targets/arch.ts";
import { compareVersions, type ElfFile, readElf } from "./elf.ts";

/** The system that loads a target's native files. */
export interface System {
  readonly name: string;
  readonly arch: Arch;
  /** The version of its glibc; `undefined` where a base image that is not known yet decides it. */
  readonly glibc: string | undefined;
}

/** A base, where one is set, decides the version of glibc. */
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
    throw wrongArchitecture(`${path} is not an ELF file, and ${system.name} runs Linux; install it for Linux`);
  checkElf(path, elf, system);
}

/** @throws {TricastError} `wrong-architecture` with the file, its system and the target's system. */
export function checkElf(path: string, elf: ElfFile, { name, arch, glibc }: System): void {
  const install = `install the package for the target: npm install --os=linux --cpu=${arch} --libc=glibc`;
  if (elf.machine !== arch)
    throw unsuitable(path, `it is for ${elf.machine}, and the target is ${name} on ${arch}`, install);
  if (elf.musl) throw unsuitable(path, `it is linked against musl, and ${name} has glibc`, install);
  if (glibc === undefined || elf.glibc === undefined || compareVersions(elf.glibc, glibc) <= 0) return;
  const fix = `build it on a system with glibc ${glibc}, or deploy an image with a newer glibc`;
  throw unsuitable(path, `it needs glibc ${elf.glibc}, and ${name} has ${glibc}`, fix);
}

function unsuitable(path: string, problem: string, fix: string): TricastError {
  return wrongArchitecture(`${path} cannot be loaded there: ${problem}. To fix this, ${fix}`);
}
