import { copyFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PackedPackage } from "./pack.ts";
import { type Manifest, readJson } from "./repository.ts";
import { capture, output, run } from "./run.ts";

/** A project of somebody who installed our packages, at `path`. */
export interface Consumer {
  readonly path: string;
  /** Every export path of every package, such as `@tricast/aws-lambda/middy`. */
  readonly specifiers: readonly string[];
}

const OFFLINE = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

/** Installs every tarball together with what our packages ask their users to install. */
export function installConsumer(path: string, packages: readonly PackedPackage[]): Consumer | undefined {
  mkdirSync(path, { recursive: true });
  const versions = readJson<Manifest>("package.json").devDependencies ?? {};
  const peers = packages.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}));
  const beside = [...peers, "valibot", "@types/node"].filter(
    (name) => !packages.some((own) => own.manifest.name === name),
  );
  const dependencies = Object.fromEntries([
    ...packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
    ...beside.map((name) => [name, versions[name]]),
  ]);
  write(path, "package.json", JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }));
  if (!run("npm", ["install", ...OFFLINE], { cwd: path })) return undefined;
  return { path, specifiers: packages.flatMap(({ manifest }) => specifiersOf(manifest)) };
}

function specifiersOf({ name, exports }: Manifest): string[] {
  const modules = Object.keys(exports ?? {}).filter((path) => !path.endsWith(".json"));
  return modules.map((path) => name + path.slice(1));
}

/** The oldest Node that our packages promise to run on, installed from npm at `path`. */
export function installOldNode(path: string): string | undefined {
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  mkdirSync(path, { recursive: true });
  write(path, "package.json", JSON.stringify({ private: true }));
  if (!run("npm", ["install", ...OFFLINE, `${name}@22`], { cwd: path })) return undefined;
  return join(path, "node_modules", name, "bin", windows ? "node.exe" : "node");
}

type Names = Readonly<Record<string, readonly string[]>>;

const LIST_ESM = `
const names = {};
for (const specifier of process.argv.slice(2)) names[specifier] = Object.keys(await import(specifier)).sort();
console.log("NAMES" + JSON.stringify(names));
process.exit(0);
`;
const LIST_CJS = `
const names = {};
for (const specifier of process.argv.slice(2)) names[specifier] = Object.keys(require(specifier)).sort();
console.log("NAMES" + JSON.stringify(names));
process.exit(0);
`;

/** Whether every export path gives the names that the sources give, as ES module and through `require`. */
export function checkImports({ path, specifiers }: Consumer, node: string): boolean {
  write(path, "list.mjs", LIST_ESM);
  write(path, "list.cjs", LIST_CJS);
  const expected = namesFromSources(specifiers);
  const version = capture(node, ["--version"])?.trim();
  const results = ["list.mjs", "list.cjs"].map((file) => {
    const names = parseNames(capture(node, [file, ...specifiers], { cwd: path }));
    return specifiers.every((specifier) =>
      sameNames(`${version} ${file} ${specifier}`, expected?.[specifier], names?.[specifier]),
    );
  });
  if (results.every(Boolean))
    console.log(`${version}: ${specifiers.length} export paths load with import and with require`);
  return results.every(Boolean);
}

function namesFromSources(specifiers: readonly string[]): Names | undefined {
  const args = ["--conditions=@tricast/source", "--input-type=module", "--eval", LIST_ESM, "-", ...specifiers];
  return parseNames(capture(process.execPath, args));
}

function parseNames(printed: string | undefined): Names | undefined {
  const line = printed?.split("\n").find((text) => text.startsWith("NAMES"));
  return line === undefined ? undefined : (JSON.parse(line.slice("NAMES".length)) as Names);
}

function sameNames(what: string, expected: readonly string[] | undefined, got: readonly string[] | undefined): boolean {
  // `require` of an ES module adds this one (nodejs.org/api/modules: loading ECMAScript modules using require).
  const plain = got?.filter((name) => name !== "__esModule" && name !== "module.exports");
  if (expected !== undefined && plain !== undefined && plain.length > 0 && String(plain) === String(expected))
    return true;
  console.log(`${what} exports ${plain ?? "nothing"}; the sources export ${expected ?? "nothing"}`);
  return false;
}

const CONSUMER_TS = `
import { definePredictor, type InputOf, type OutputOf } from "@tricast/core";
import { lambda, type LambdaHandler } from "@tricast/aws-lambda";
import * as v from "valibot";

const predictor = definePredictor({
  name: "half",
  input: v.object({ value: v.number() }),
  output: v.object({ half: v.number() }),
  predict: ({ value }) => ({ half: value / 2 }),
});
export const handler: LambdaHandler = lambda(predictor);
export const input: InputOf<typeof predictor> = { value: 4 };
export const output: OutputOf<typeof predictor> = { half: 2 };
// @ts-expect-error the schema says number
export const wrong: InputOf<typeof predictor> = { value: "4" };
`;

/** Whether a strict project type-checks against our declarations, with the module resolution of Node and of bundlers. */
export function checkTypes({ path, specifiers }: Consumer): boolean {
  const imports = specifiers.map((specifier, index) => `export * as m${index} from ${JSON.stringify(specifier)};\n`);
  write(path, "consumer.ts", imports.join("") + CONSUMER_TS);
  return ["nodenext", "bundler"].every((resolution) => {
    write(
      path,
      "tsconfig.json",
      JSON.stringify({ compilerOptions: compilerOptions(resolution), files: ["consumer.ts"] }),
    );
    return checkProject(path, resolution);
  });
}

function compilerOptions(moduleResolution: string) {
  const module = moduleResolution === "nodenext" ? "nodenext" : "preserve";
  return {
    module,
    moduleResolution,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: "es2024",
    lib: ["esnext"],
    types: ["node"],
  };
}

/** Errors inside other people's declarations are theirs; any in ours or in the project fail. */
function checkProject(path: string, resolution: string): boolean {
  const { status, text } = output("tsc", ["-p", ".", "--pretty", "false"], { cwd: path });
  const errors = text.split("\n").filter((line) => line.includes("error TS"));
  const ours = errors.filter(
    (line) => !line.startsWith("node_modules/") || /^node_modules\/(@tricast|tricast)\//.test(line),
  );
  const ran = status === 0 || errors.length > 0;
  if (!ran || ours.length > 0) {
    console.log(ran ? ours.join("\n") : text);
    return false;
  }
  console.log(`declarations type-check with moduleResolution ${resolution}`);
  return true;
}

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
  write(path, "handler.ts", HANDLER_TS);
  write(path, "invoke.cjs", INVOKE_CJS);
  const options = ["--bundle", "--platform=node", "--format=cjs", "--target=node22", "--outfile=handler.cjs"];
  if (capture("esbuild", ["handler.ts", ...options, "--log-level=warning"], { cwd: path }) === undefined) return false;
  // Alone in a folder: nothing but the bundle itself may be needed.
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

function write(path: string, file: string, text: string): void {
  writeFileSync(join(path, file), text);
}
