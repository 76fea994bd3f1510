import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BuildResult } from "@tricast/pack";
import { unpack } from "./folders.ts";

/** Lays a built artefact out in an empty folder: a zip, or the folders that a Dockerfile copies. */
export function layOutIn(clean: string, { folder, manifest }: BuildResult): string {
  mkdirSync(clean, { recursive: true });
  const zip = manifest.outputs.find(({ file }) => file.endsWith(".zip"));
  if (zip !== undefined) unpack(join(folder, zip.file), clean);
  else for (const group of groupsOf(folder)) cpSync(join(folder, group), clean, { recursive: true });
  return clean;
}

function groupsOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** The versions that importers see in an artefact that is alone in a folder. */
export function seenIn(artefact: string): unknown {
  const main = readdirSync(artefact).find((file) => /^index\.[cm]?js$/.test(file)) ?? assert.fail("no index");
  const program =
    "await import(process.argv[1]); process.stdout.write(JSON.stringify(await globalThis.seen)); process.exit(0);";
  const args = ["--input-type=module", "-e", program, join(artefact, main)];
  const env = { PATH: process.env.PATH, TRICAST_LOG_LEVEL: "error", PORT: "0" };
  const run = spawnSync(process.execPath, args, { cwd: artefact, encoding: "utf8", env });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

/** Every output with its digest. */
export function digestsOf(results: readonly BuildResult[]): unknown {
  return results.map(({ manifest: { target, outputs, inputs } }) => ({ target, outputs, inputs }));
}
