import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askChild } from "../child/ask-child.ts";
import { type ArtefactFile, textContent } from "../files/artefact-file.ts";
import type { Collected } from "../files/collect-files.ts";
import { layOut } from "../files/lay-out.ts";
import type { Arch } from "../targets/arch.ts";
import { checksum, loaderSource } from "./code-cache-loader.ts";

const BUNDLE = "bundle.js";
const CACHE = "bundle.v8-cache";

/**
 * The same artefact with what V8 compiles of the bundle up to the first prediction beside it, and a loader in the
 * bundle's place. Parsing and compiling 120 KB is the largest part of a small model's cold start that is not Node's own.
 *
 * The cache is V8's: it serves the version of V8 that made it (all patches of one Node release line have one), and is
 * left aside by any other. Made only where this machine is of the target's architecture.
 * `--predictable` makes V8 compile alike every time, so that equal sources give equal bytes.
 */
export async function withCodeCache(collected: Collected, arch: Arch): Promise<Collected> {
  if (arch !== process.arch || process.platform !== "linux") return collected;
  const folder = await mkdtemp(join(tmpdir(), "tricast-cache-"));
  try {
    const artefact = join(folder, "artefact");
    await layOut(artefact, collected.groups);
    const out = join(folder, CACHE);
    const question = { folder: artefact, main: collected.facts.main, out };
    const env = { NODE_ENV: "production" };
    const answer = await askChild<number>("make-code-cache", question, {
      cwd: artefact,
      env,
      flags: ["--predictable"],
    });
    // A bundle that does not run here is reported, with its reason, when the artefact is tried.
    if (!answer.ok) return collected;
    return replaceMain(collected, await readFile(out));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function replaceMain(collected: Collected, cache: Uint8Array): Collected {
  const { main } = collected.facts;
  const origin = `what Node ${process.versions.node} compiled of the bundle until its first prediction; other versions of V8 leave it aside`;
  const added: readonly ArtefactFile[] = [
    {
      path: main,
      content: textContent(loaderSource(BUNDLE, CACHE, checksum(collected.bundle.code, cache))),
      origin: "tricast: runs the bundle with its code cache",
    },
    { path: CACHE, content: { bytes: cache }, origin },
  ];
  const groups = collected.groups.map((group) => ({
    ...group,
    files: group.files.map((file) => (file.path === main ? { ...file, path: BUNDLE } : file)),
  }));
  return {
    ...collected,
    bundleFile: BUNDLE,
    groups: groups.map((group) => (group.name === "handler" ? { ...group, files: [...group.files, ...added] } : group)),
  };
}
