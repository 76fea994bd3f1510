import type { InstalledPackage } from "../project/installed-packages.ts";
import type { System } from "./check-elf.ts";

const OTHER_SYSTEMS = /^(darwin|macos|osx|win32|windows|freebsd|openbsd|netbsd|android|aix|sunos|wasm32|wasi)$/;
const OTHER_LIBC = /^(musl|linuxmusl|alpine)$/;
const OTHER_PROCESSORS: Readonly<Record<System["arch"], RegExp>> = {
  x64: /^(arm64|aarch64|arm|armv[67]l?|arm6|ia32|x86|s390x|ppc64(le)?|riscv64|loong64|universal)$/,
  arm64: /^(x64|x86_64|amd64|arm|armv[67]l?|arm6|ia32|x86|s390x|ppc64(le)?|riscv64|loong64|universal)$/,
};
const OWN_PROCESSOR: Readonly<Record<System["arch"], RegExp>> = {
  x64: /^(x64|x86_64|amd64)$/,
  arm64: /^(arm64|aarch64)$/,
};

/** A package whose name has this target, such as `@img/sharp-linux-arm64`. */
export function isNamedFor(name: string, { arch }: System): boolean {
  const words = wordsOf(name);
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  return words.includes("linux") && has(OWN_PROCESSOR[arch]) && !has(OTHER_LIBC);
}

/** Whether the manifest allows the system. */
export function suits({ manifest: { os, cpu, libc } }: InstalledPackage, { arch }: System): boolean {
  const allows = (list: readonly string[] | undefined, value: string) =>
    list === undefined ||
    list.includes(value) ||
    (list.every((one) => one.startsWith("!")) && !list.includes(`!${value}`));
  return allows(os, "linux") && allows(cpu, arch) && allows(libc, "glibc");
}

/** A path with a word for another system or processor: `prebuilds/darwin-x64/binding`. */
export function isNamedForAnother(path: string, { arch }: System): boolean {
  const others = [OTHER_SYSTEMS, OTHER_LIBC, OTHER_PROCESSORS[arch]];
  return wordsOf(path).some((word) => others.some((pattern) => pattern.test(word)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9_]+/);
}
