import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The least that Node and these native files run in: this machine's own program with the libraries that ldd names.
 * Where no registry can be reached, it is the base image.
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

/** Nothing that runs, under the name by which glibc for arm64 is known: enough to put files on. */
export function writeArmRootfs(folder: string, archive: string): void {
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "lib/ld-linux-aarch64.so.1"), "");
  pack(folder, archive);
}

function librariesOf(program: string): string[] {
  const lines = execFileSync("ldd", [program], { encoding: "utf8" }).split("\n");
  const found = lines.flatMap((line) => /(?:=>\s*)?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  // A library that lies beside the program comes with it.
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
