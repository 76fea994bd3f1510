import { join } from "node:path";
import type { BuildResult } from "./build.ts";
import { imageFacts, imageRequest, type Plans } from "./image-of-plans.ts";
import { sha256 } from "./output/content.ts";
import { type MadeImage, makeImage } from "./output/make-image.ts";
import { type BuildManifest, MANIFEST } from "./output/manifest.ts";
import { findUnchanged, jsonOutput, writeFolder } from "./output/write-folder.ts";

const ARCHS = "x64+arm64";

/**
 * One image for both architectures, from what is in the folder of each: those have the files, the bills of materials and
 * the Dockerfiles, this has the index.
 * @param plans of one target.
 */
export async function finishIndex(plans: Plans): Promise<BuildResult> {
  const [{ rules, project, epoch, options, out }] = plans;
  const folder = join(out, project.name, `${rules.target}-${ARCHS}`);
  const inputs = inputsOf(plans);
  const before = options.push === undefined ? findUnchanged(folder, inputs, epoch) : undefined;
  if (before !== undefined)
    return { folder, manifest: before, unchanged: true, analysis: undefined, pushed: undefined };
  return writeFolder(folder, epoch, async (next) => {
    const made = await makeImage(imageRequest(plans), next);
    const manifest = describe(plans, inputs, made);
    const value = { folder, manifest, unchanged: false, analysis: undefined, pushed: made.pushed };
    return { files: [jsonOutput(MANIFEST, manifest)], value };
  });
}

function inputsOf(plans: Plans): string {
  const files = plans.map(({ files }) =>
    files.map(({ path, sha256, executable, group }) => [path, sha256, executable, group]),
  );
  const names = plans.map(({ definition, collected }) => [definition.name, definition.version, collected.models]);
  const facts = {
    schema: 1,
    zlib: process.versions.zlib,
    epoch: plans[0].epoch,
    image: imageFacts(plans),
    files,
    names,
  };
  return `sha256:${sha256(JSON.stringify(facts))}`;
}

function describe(plans: Plans, inputs: string, { image, outputs }: MadeImage): BuildManifest {
  const [{ definition, rules, options, collected, arch }] = plans;
  return {
    schema: 1,
    predictor: definition.name,
    version: definition.version,
    target: rules.target,
    arch: ARCHS,
    format: options.format ?? "cjs",
    settings: rules.settings({ main: collected.main, name: definition.name, arch }),
    artefacts: [],
    models: collected.models,
    image,
    tried: `as ${plans.map((plan) => `${rules.target}-${plan.arch}`).join(" and ")}`,
    warnings: [],
    zlib: process.versions.zlib,
    inputs,
    outputs,
  };
}
