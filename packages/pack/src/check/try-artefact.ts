import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import type { Collected } from "../collect-groups.ts";
import type { Arch, FileGroup, Target } from "../files.ts";
import { sha256 } from "../output/content.ts";
import type { Session } from "../session.ts";
import type { TargetRules } from "../targets/target.ts";
import { askChild } from "./child.ts";

export interface TryRequest {
  readonly collected: Collected;
  readonly rules: TargetRules;
  readonly arch: Arch;
  readonly name: string;
  readonly session: Session;
}

/**
 * Lays the artefact out in an empty folder and has the platform's own rules look for what they call, in a clean process.
 *
 * @returns how it was tried, for `build.json`.
 * @throws {TricastError} `bundle-failed` where it does not load; `missing-export` where nothing is found.
 */
export function tryArtefact(request: TryRequest): Promise<string> {
  const key = tryKey(request);
  const known = request.session.tried.get(key) ?? tryNow(request);
  request.session.tried.set(key, known);
  return known;
}

/** The runtime and the model are not looked at, so architectures and targets with one handler are tried once. */
function tryKey({ collected: { groups, bundle, main }, rules, name }: TryRequest): string {
  const files = groups.filter((group) => group.name === "handler" || group.name === "dependencies");
  const paths = files.flatMap(({ files }) =>
    files.map(({ path, content }) => [path, "from" in content && content.from]),
  );
  return JSON.stringify([rules.loadQuestion({ folder: "", main, name }), sha256(bundle.code), paths]);
}

async function tryNow({ collected, rules, arch, name }: TryRequest): Promise<string> {
  if (arch !== process.arch && hasNativePackages(collected)) {
    return `not loaded: its native packages are for ${arch}, and this machine is ${process.arch}; their ELF headers were read`;
  }
  const folder = await mkdtemp(join(tmpdir(), "tricast-try-"));
  try {
    await layOut(folder, collected.groups);
    const question = rules.loadQuestion({ folder, main: collected.main, name });
    const env = { NODE_ENV: "production", FUNCTION_TARGET: name };
    const answer = await askChild<readonly string[]>("load-artefact", question, { cwd: folder, env });
    if (!answer.ok) throw doesNotLoad(rules, answer.error.replaceAll(folder, "."));
    if (answer.value.length === 0) throw nothingFound(rules, collected.main);
    return `loaded by Node ${process.versions.node.split(".")[0]} as the platform does: found ${answer.value.join(", ")}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hasNativePackages({ bundle }: Collected): boolean {
  return bundle.native.packages.length > 0 || bundle.native.files.length > 0;
}

/** Large files by links: nothing of them is copied for a look at the exports. */
export async function layOut(folder: string, groups: readonly FileGroup[]): Promise<void> {
  for (const { path, content, executable } of groups.flatMap(({ files }) => files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if ("from" in content && !/\.[cm]?js(on)?$/.test(path)) await symlink(content.from, file);
    else if ("from" in content) await copyFile(content.from, file);
    else await writeFile(file, content.bytes);
    if (executable === true) await chmod(file, 0o755);
  }
}

function doesNotLoad({ target }: TargetRules, error: string): TricastError {
  const fix = /Dynamic require of/.test(error)
    ? "A package calls require in a way that an ES module has no answer to: build with --format cjs."
    : /Cannot find (module|package)|ERR_MODULE_NOT_FOUND/.test(error)
      ? "Install the package, or name the file with --include."
      : "Node said this when it loaded the bundle as the platform does.";
  return new TricastError("bundle-failed", `the bundle for ${target} does not load: ${error}\n${fix}`);
}

const WHAT_IS_MISSING: Readonly<Record<Target, string>> = {
  "aws-lambda": 'has no export "handler"',
  "aws-lambda-image": 'has no export "handler"',
  "azure-functions": "registers no function",
  "cloud-functions": "registers no function",
  container: "starts no server",
};

function nothingFound({ target, entries, entryExample }: TargetRules, main: string): TricastError {
  const what = WHAT_IS_MISSING[target];
  return new TricastError(
    "missing-export",
    `${entries[0]}.ts (${main} in the artefact) ${what}; write: ${entryExample}`,
  );
}
