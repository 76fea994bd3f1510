// npm runs this script before it packs a package, in the folder of that package, with npm's process as argument.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { buildPackage } from "../check/build.ts";
import { endTurn, swapIn, type Turn, takeTurn } from "./swap.ts";

const { npm_package_json, npm_command } = process.env;
if (npm_package_json === undefined) fail("npm runs this script; run npm pack in the folder of a package");
if (npm_command === "publish") {
  fail('npm publish in the folder of a package is refused: run "npm run release", which checks what it publishes');
}

const turn: Turn = { npm: Number(process.argv[2]), prepack: process.pid, folder: dirname(npm_package_json) };
await takeTurn(turn);
watch(turn);
let ready = false;
try {
  ready = buildPackage(turn.folder);
  if (ready) swapIn(turn.folder);
} finally {
  if (!ready) endTurn(turn);
}
process.exitCode = ready ? 0 : 1;

/** Keeps running after npm ends, even if npm is killed. */
function watch({ npm, prepack, folder }: Turn): void {
  const args = [join(import.meta.dirname, "watch-pack.ts"), String(npm), String(prepack), folder];
  spawn(process.execPath, args, { detached: true, stdio: "ignore" }).unref();
}

function fail(message: string): never {
  console.error(`tricast: ${message}`);
  process.exit(1);
}
