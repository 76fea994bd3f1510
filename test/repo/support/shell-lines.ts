import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "../../../scripts/check/checks.ts";
import { type Manifest, ROOT, readJson, readText, workspacePackages } from "../../../scripts/check/repository.ts";

const isPath = (argument: string) => globSync(argument, { cwd: ROOT }).length > 0;

/** Checks one command and returns its fault. */
type CommandCheck = (args: readonly string[], environment: Readonly<Record<string, string>>) => string | undefined;

const root = readJson<Manifest>("package.json");

/** Every command that documents may show, by its first word. `curl` is executed elsewhere: see curl.ts. */
const COMMANDS: Readonly<Record<string, CommandCheck>> = {
  npm: checkNpm,
  python3: (args) => (args.length === 3 && args[0] === "-m" && args[1] === "venv" ? undefined : "only -m venv FOLDER"),
  ".venv/bin/pip": ([verb, flag, file = ""]) =>
    verb === "install" && flag === "-r" && isPath(file) ? undefined : "only install -r FILE, of a file there is",
  ".venv/bin/python": checkPython,
  // docs.test.ts executes the following commands, all of a document in order.
  npx: ([name]) => (name === "tricast" ? undefined : `npx ${name} is not a command documents show`),
  cd: ([folder = ""]) => (existsSync(join(ROOT, folder)) ? undefined : `folder ${folder} does not exist`),
};

/** What is wrong with a command line, or `undefined`. */
export function checkCommand(line: string): string | undefined {
  const words = splitWords(line);
  const environment: Record<string, string> = {};
  while (words[0] !== undefined && /^[A-Z_]+=/.test(words[0])) {
    const [name = "", value = ""] = (words.shift() as string).split("=", 2);
    environment[name] = value;
  }
  const [command = "", ...args] = words;
  const check = COMMANDS[command];
  if (check === undefined)
    return `no test knows the command "${command}"; known: ${Object.keys(COMMANDS).join(", ")}, curl`;
  return check(args, environment);
}

/** Command lines of a block: comments out, continued lines joined. */
export function commandLines(block: string): readonly string[] {
  return block
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** A comment, or a word: quoted parts, escapes and plain characters up to the next blank. */
const COMMENT_OR_WORD = /#.*|(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g;
const QUOTED = /'([^']*)'|"((?:\\.|[^"\\])*)"/g;

/** Words of a command line as a shell would split them; quotes only, as documents need no more. */
export function splitWords(line: string): string[] {
  const words = [...line.matchAll(COMMENT_OR_WORD)].map(([word]) => word).filter((word) => !word.startsWith("#"));
  return words.map((word) =>
    word.replace(QUOTED, (_, single?: string, double?: string) => single ?? (double ?? "").replace(/\\(.)/g, "$1")),
  );
}

function checkNpm(
  [verb = "", ...rest]: readonly string[],
  environment: Readonly<Record<string, string>>,
): string | undefined {
  if (verb === "install" || verb === "i") return checkInstall(rest, environment);
  const [script, args] = verb === "run" ? [rest[0] ?? "", rest.slice(1)] : [verb, rest];
  if (verb !== "run" && verb !== "start" && verb !== "test") return `npm ${verb} is not a command documents show`;
  if (root.scripts?.[script] === undefined) return `package.json has no script "${script}"`;
  if (args.length > 0 && args[0] !== "--")
    return `npm keeps "${args[0]}" for itself; write -- before arguments of a script`;
  return checkArguments(script, args.slice(1));
}

function checkArguments(script: string, args: readonly string[]): string | undefined {
  const unknown = args.filter((arg) => !(ARGUMENTS[script] ?? (() => false))(arg));
  return unknown.length === 0 ? undefined : `npm run ${script} knows no ${unknown.join(", ")}`;
}

/** Which arguments each script takes. */
const ARGUMENTS: Readonly<Record<string, (argument: string) => boolean>> = {
  start: (argument) => isInHelp("scripts/start/main.ts", argument),
  bench: (argument) => isInHelp("test/bench/main.ts", argument),
  check: (argument) => Object.hasOwn(CHECKS, argument),
  gen: (argument) => argument === "--check",
  release: (argument) => readText("scripts/release.ts")?.includes(`"${argument.slice(2)}": {`) === true,
  format: isPath,
  test: isPath,
  "test:all": (argument) => isPath(argument) || argument === "--only-long",
  "test:soak": (argument) => isPath(argument) || /^(--(fraction|seed)|[\d.]+)$/.test(argument),
};

/** A script of ours, with flags that it reads. */
function checkPython([script = "", ...args]: readonly string[]): string | undefined {
  const source = isPath(script) ? readText(script) : undefined;
  if (source === undefined) return `there is no ${script}`;
  const unknown = args.filter((arg) => arg.startsWith("-") && !source.includes(`"${arg}"`));
  return unknown.length === 0 ? undefined : `${script} knows no ${unknown.join(", ")}`;
}

const helps = new Map<string, string>();

/** Whether the help text of a script has this flag, or this word as a value. */
function isInHelp(script: string, argument: string): boolean {
  if (/^\d+$/.test(argument)) return true;
  let help = helps.get(script);
  if (help === undefined) {
    const { stdout } = spawnSync(process.execPath, ["--conditions=@tricast/source", join(ROOT, script), "--help"], {
      encoding: "utf8",
    });
    help = stdout;
    helps.set(script, help);
  }
  const words: readonly string[] = help.match(/[\w-]+/g) ?? [];
  return words.includes(argument.split("=", 1)[0] as string);
}

function checkInstall(args: readonly string[], environment: Readonly<Record<string, string>>): string | undefined {
  const known = new Set([
    ...workspacePackages().map(({ manifest }) => manifest.name),
    ...Object.keys(root.devDependencies ?? {}),
  ]);
  const packages = args.filter((arg) => !arg.startsWith("-"));
  const unknown = packages.filter((name) => !known.has(name));
  if (unknown.length > 0) return `${unknown.join(", ")} is neither ours nor installed here`;
  if (packages.includes("@tricast/onnx") && environment.ONNXRUNTIME_NODE_INSTALL !== "skip") {
    return "write ONNXRUNTIME_NODE_INSTALL=skip before it: onnxruntime-node would download 400 MB";
  }
  return undefined;
}
