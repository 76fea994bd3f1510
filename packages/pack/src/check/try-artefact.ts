import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TricastError } from "@tricast/core";
import { askChild } from "../child/ask-child.ts";
import { bundleFailed, missingExport } from "../errors.ts";
import type { Collected } from "../files/collect-files.ts";
import { sha256 } from "../files/content.ts";
import { layOut } from "../files/lay-out.ts";
import { remember } from "../files/remember.ts";
import type { PreparedBuild } from "../prepare/prepare-build.ts";
import type { TargetRules } from "../targets/target-rules.ts";
import { absenceFix } from "./absent-files.ts";

type Trial = Pick<PreparedBuild, "collected" | "project" | "target" | "rules" | "arch" | "session">;

/**
 * Lays the artefact out in an empty folder and loads it by the platform's rules, in a clean process.
 *
 * @returns how the artefact was tried, for `build.json`.
 * @throws {TricastError} `bundle-failed` where it does not load; `missing-export` without a function or server.
 */
export function tryArtefact(trial: Trial): Promise<string> {
  return remember(trial.session.tried, tryKey(trial), () => tryNow(trial));
}

/** Without the runtime and the model, so that architectures and targets with one handler are tried once. */
function tryKey({ collected: { groups, bundle, facts }, rules }: Trial): string {
  const files = groups.filter((group) => group.name === "handler" || group.name === "dependencies");
  const paths = files.flatMap(({ files }) =>
    files.map(({ path, content }) => [path, "from" in content && content.from]),
  );
  return JSON.stringify([rules.loadQuestion("", facts), sha256(bundle.code), paths]);
}

async function tryNow({ collected, project, target, rules, arch }: Trial): Promise<string> {
  if (arch !== process.arch && hasNativePackages(collected)) {
    return `not loaded: its native packages are for ${arch}, and this machine is ${process.arch}; their ELF headers were read`;
  }
  // Errors of Node have real paths.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tricast-try-")));
  try {
    await layOut(folder, collected.groups);
    const question = rules.loadQuestion(folder, collected.facts);
    const env = { NODE_ENV: "production", FUNCTION_TARGET: collected.facts.name };
    const answer = await askChild<readonly string[]>("load-artefact", question, { cwd: folder, env });
    if (!answer.ok) {
      const fix = absenceFix(answer.error, folder, { folder: project.folder, absent: collected.absent });
      throw doesNotLoad(target, answer.error.replaceAll(folder, "."), fix);
    }
    if (answer.value.length === 0) throw nothingFound(rules, collected.facts.main);
    return `loaded by Node ${process.versions.node.split(".")[0]} as the platform does: found ${answer.value.join(", ")}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hasNativePackages({ bundle }: Collected): boolean {
  return bundle.native.packages.length > 0 || bundle.native.files.length > 0;
}

function doesNotLoad(target: string, error: string, absence: string | undefined): TricastError {
  return bundleFailed(`the bundle for ${target} does not load: ${error}\n${absence ?? fixOf(error)}`);
}

function fixOf(error: string): string {
  if (/Dynamic require of/.test(error))
    return "A package calls require, which an ES module does not have: build with --format cjs.";
  if (/Cannot find (module|package)|ERR_MODULE_NOT_FOUND/.test(error))
    return "Install the package, or name the file with --include.";
  return "This is the error of Node, which loaded the bundle as the platform does.";
}

function nothingFound({ whatIsMissing, entry, entryExample }: TargetRules, main: string): TricastError {
  return missingExport(`${entry}.ts (${main} in the artefact) ${whatIsMissing}; write: ${entryExample}`);
}
