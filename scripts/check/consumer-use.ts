import { copyFileSync, cpSync, mkdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type Consumer, writeIn } from "./consumer.ts";
import { NOT_A_SCRIPT } from "./pack.ts";
import { ROOT } from "./repository.ts";
import { capture, type Output, output } from "./run.ts";
import { workspaceVersion } from "./versions.ts";

const HANDLER_TS = `
import { lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
export const handler = lambda(definePredictor({ name: "half", predict: ({ value }: { value: number }) => ({ half: value / 2 }) }));
`;
const INVOKE_CJS = `
const { handler } = require("./handler.cjs");
handler({ value: 4 }, { awsRequestId: "1" }).then((answer) => console.log("ANSWER" + JSON.stringify(answer)));
`;

/** Whether a handler bundles to one CommonJS file that answers. */
export function checkBundle({ path }: Consumer, node: string): boolean {
  writeIn(path, "handler.ts", HANDLER_TS);
  writeIn(path, "invoke.cjs", INVOKE_CJS);
  const options = ["--bundle", "--platform=node", "--format=cjs", "--target=node22", "--outfile=handler.cjs"];
  if (capture("esbuild", ["handler.ts", ...options, "--log-level=warning"], { cwd: path }) === undefined) return false;
  // Alone in a folder: the bundle must not need any other file.
  const alone = join(path, "bundle alone");
  mkdirSync(alone);
  for (const file of ["handler.cjs", "invoke.cjs"]) copyFileSync(join(path, file), join(alone, file));
  const printed = capture(node, ["invoke.cjs"], { cwd: alone });
  if (printed?.includes('ANSWER{"half":2}') === true) {
    console.log(`a bundled handler is ${statSync(join(alone, "handler.cjs")).size} bytes and answers`);
    return true;
  }
  console.log(`the bundled handler printed ${printed ?? "nothing"}; it should answer {"half":2}`);
  return false;
}

/** Whether `npx tricast` runs and prints its version. */
export function checkCommandLine(consumer: Consumer, node: string): boolean {
  const version = tricast(consumer, node, "--version");
  const help = tricast(consumer, node, "--help");
  const ok =
    version.stdout.trim() === workspaceVersion() && help.status === 0 && help.stdout.startsWith("Usage: tricast");
  console.log(ok ? `npx tricast --version is ${workspaceVersion()}` : `npx tricast:\n${version.text}${help.text}`);
  return ok;
}

/** Whether an example builds for every cloud: the bundler finds our packages, and the package of the runtime. */
export function checkBuild(consumer: Consumer, node: string): boolean {
  cpSync(join(ROOT, "handlers", "iris"), join(consumer.path, "handlers", "iris"), { recursive: true });
  const { status, text } = tricast(consumer, node, "build", "all", "--predictor", "iris");
  console.log(status === 0 ? "npx tricast build makes an example for every cloud" : `npx tricast build:\n${text}`);
  return status === 0;
}

function tricast({ path }: Consumer, node: string, ...args: string[]): Output {
  const outside = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(ROOT));
  const env = { ...NOT_A_SCRIPT, PATH: [dirname(node), ...outside].join(delimiter) };
  return output("npx", ["--no-install", "tricast", ...args], { cwd: path, env });
}
