import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The smallest root for Node and these native files: this machine's own Node with the libraries that ldd lists.
 * It is the base image, so no registry is needed.
 */
export function writeNodeRootfs(folder: string, archive: string, natives: readonly string[]): void {
  const node = realpathSync(process.execPath);
  install(node, join(folder, "usr/bin/node"));
  for (const library of new Set([node, ...natives].flatMap(librariesOf))) install(library, join(folder, library));
  mkdirSync(join(folder, "etc"));
  writeFileSync(join(folder, "etc/passwd"), "root:x:0:0:root:/:/bin/false\n");
  mkdirSync(join(folder, "tmp"));
  chmodSync(join(folder, "tmp"), 0o1777);
  pack(folder, archive);
}

/** A placeholder with the name of glibc's loader for arm64: enough for a base to add files to. */
export function writeArmRootfs(folder: string, archive: string): void {
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "lib/ld-linux-aarch64.so.1"), "");
  pack(folder, archive);
}

function librariesOf(program: string): string[] {
  const lines = execFileSync("ldd", [program], { encoding: "utf8" }).split("\n");
  const found = lines.flatMap((line) => /(?:=>\s*)?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  // A library beside the program is already included.
  return found.filter((library) => /^\/(?:usr\/)?lib/.test(library));
}

function install(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

function pack(folder: string, archive: string): void {
  execFileSync("tar", ["--owner=0", "--group=0", "-C", folder, "-cf", archive, "."], { stdio: "pipe" });
}
