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
 * Adds V8's code cache of the bundle, with the functions compiled up to the first prediction, and a loader in the bundle's
 * place. Parsing and compiling 120 KB is the largest part of a small model's cold start, apart from Node's own start.
 *
 * The version of V8 that made the cache uses it (all patches of one Node release line have one version), and others ignore
 * it. The cache is made only where this machine has the target's architecture.
 * With `--predictable` V8 compiles alike every time, so that equal sources give equal bytes.
 */
export async function withCodeCache(collected: Collected, arch: Arch): Promise<Collected> {
  if (arch !== process.arch || process.platform !== "linux") return collected;
  const folder = await mkdtemp(join(tmpdir(), "tricast-cache-"));
  try {
    const artefact = join(folder, "artefact");
    await layOut(artefact, collected.groups);
    const out = join(folder, CACHE);
    const question = { folder: artefact, main: collected.facts.main, out };
    const options = { cwd: artefact, env: { NODE_ENV: "production" }, flags: ["--predictable"] };
    const answer = await askChild<number>("make-code-cache", question, options);
    // A bundle that fails here also fails when the artefact is tried, which reports the reason.
    return answer.ok ? replaceMain(collected, await readFile(out)) : collected;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function replaceMain(collected: Collected, cache: Uint8Array): Collected {
  const { main } = collected.facts;
  const origin = `the code that Node ${process.versions.node} compiled up to the first prediction; other versions of V8 ignore it`;
  const loader = textContent(loaderSource(BUNDLE, CACHE, checksum(collected.bundle.code, cache)));
  const added: readonly ArtefactFile[] = [
    { path: main, content: loader, origin: "tricast: runs the bundle with its code cache" },
    { path: CACHE, content: { bytes: cache }, origin },
  ];
  const groups = collected.groups.map((group) => {
    if (group.name !== "handler") return group;
    const files = group.files.map((file) => (file.path === main ? { ...file, path: BUNDLE } : file));
    return { ...group, files: [...files, ...added] };
  });
  return { ...collected, bundleFile: BUNDLE, groups };
}
