import { join } from "node:path";
import type { BuildResult } from "../build-options.ts";
import { digestOf } from "../image/digest.ts";
import { BOTH_ARCHS } from "../targets/arch.ts";
import { describeBuild } from "./describe-build.ts";
import { type Builds, imageFacts, makeImage } from "./make-image.ts";
import { findUnchanged, writeFolder } from "./write-folder.ts";

/**
 * One image for both architectures, from the prepared files of each. The folder of each architecture has its files, the bill
 * of materials and the Dockerfile. This folder has the index.
 */
export async function writeImageIndex(builds: Builds): Promise<BuildResult> {
  const [first] = builds;
  const { project, target, epoch, options } = first;
  const folder = join(options.out, project.name, `${target}-${BOTH_ARCHS}`);
  const inputs = inputsOf(builds);
  const before = options.push === undefined ? findUnchanged(folder, inputs, epoch) : undefined;
  if (before !== undefined)
    return { folder, manifest: before, unchanged: true, analysis: undefined, pushed: undefined };
  const written = await writeFolder(folder, epoch, async (next) => {
    const { image, outputs, pushed } = await makeImage(builds, next);
    const tried = `as ${builds.map(({ arch }) => `${target}-${arch}`).join(" and ")}`;
    const facts = { arch: BOTH_ARCHS, artefacts: [], image, tried, warnings: [], inputs, outputs } as const;
    return { files: [], manifest: describeBuild(first, facts), pushed };
  });
  return { ...written, analysis: undefined };
}

function inputsOf(builds: Builds): string {
  const facts = {
    schema: 1,
    zlib: process.versions.zlib,
    epoch: builds[0].epoch,
    image: imageFacts(builds),
    files: builds.map(({ files }) => files.map((one) => [one.path, one.sha256, one.executable, one.group])),
    names: builds.map(({ definition, collected }) => [definition.name, definition.version, collected.models]),
  };
  return digestOf(JSON.stringify(facts));
}
