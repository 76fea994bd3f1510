import { chmod, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { checkLimit } from "../budget/check-budget.ts";
import { textContent } from "../files/artefact-file.ts";
import { fingerprintFile } from "../files/content.ts";
import { buildImage, type ImageOutput, type ImageReport } from "../image/build-image.ts";
import { renderDockerfile } from "../image/dockerfile.ts";
import type { ImageSettings } from "../image/image-options.ts";
import type { PushReport } from "../image/registry/push.ts";
import type { PreparedBuild } from "../prepare/prepare-build.ts";
import { listFiles } from "../project/installed-packages.ts";
import { pushReference } from "../targets/check-image-options.ts";
import type { ImageRules } from "../targets/target-rules.ts";
import { IMAGE_FILES } from "./image-format.ts";
import type { BuiltImage, OutputEntry } from "./manifest.ts";
import type { OutputFile } from "./write-folder.ts";

/** Builds of one target, each for another architecture. */
export type Builds = readonly [PreparedBuild, ...PreparedBuild[]];

export interface MadeImage {
  readonly image: BuiltImage;
  readonly outputs: readonly OutputEntry[];
  readonly pushed: PushReport | undefined;
}

/** A Dockerfile and the files that it copies: one folder per group. */
export function dockerContext(build: PreparedBuild): OutputFile[] {
  const { arch, base, collected, files } = build;
  const dockerfile = renderDockerfile({
    base: base?.reference ?? rulesOf(build).defaultBase,
    groups: { [arch]: collected.groups },
    settings: settingsOf(build),
  });
  return [
    { path: "Dockerfile", content: textContent(dockerfile) },
    ...files.map(({ group, path, content, executable }) => ({ path: `${group}/${path}`, content, executable })),
  ];
}

/** Builds one image, or an index with an image for each architecture, into a folder, and pushes it if `push` is set. */
export async function makeImage(builds: Builds, folder: string): Promise<MadeImage> {
  const [first] = builds;
  const { epoch, options, target, project } = first;
  const { base, push, insecure, imageFormat: format = "oci" } = options;
  if (base === undefined) throw new RangeError("an image has a base");
  const file = IMAGE_FILES[format];
  const path = join(folder, file);
  const out: ImageOutput[] = [
    format === "oci" ? { kind: "oci-layout", path } : { kind: "docker-archive", path, tag: tagOf(first) },
  ];
  if (push !== undefined) out.push({ kind: "registry", reference: pushReference(push, project.name, target) });
  const report = await buildImage({
    base,
    groups: Object.fromEntries(builds.map(({ arch, collected }) => [arch, collected.groups])),
    settings: settingsOf(first),
    host: rulesOf(first).host,
    out,
    epoch,
    registry: { insecure },
    inspect: (image) => checkImage(first, image),
  });
  const [pushed] = report.pushes;
  return { image: describe(base, file, report), outputs: await entriesOf(folder, file, epoch), pushed };
}

/** All inputs of the image except its files. */
export function imageFacts(builds: Builds): unknown {
  const [first] = builds;
  const bases = builds.map(({ arch, base }) => [arch, base?.digest, base?.reference]);
  return [bases, first.options.imageFormat ?? "oci", tagOf(first), rulesOf(first).host, settingsOf(first)];
}

function rulesOf({ rules: { image }, target }: PreparedBuild): ImageRules {
  if (image === undefined) throw new RangeError(`${target} has neither a zip nor an image`);
  return image;
}

function settingsOf(build: PreparedBuild): ImageSettings {
  return rulesOf(build).settings(build.collected.facts);
}

/** The name of the image after `docker load`: its name in the registry, else the predictor's name. */
function tagOf({ options: { push }, project, target, definition: { name, version } }: PreparedBuild): string {
  if (push !== undefined) return pushReference(push, project.name, target);
  return `${name.toLowerCase()}:${version.replace(/[^\w.-]/g, "-")}`;
}

function checkImage({ rules, target, arch }: PreparedBuild, { platforms }: Pick<ImageReport, "platforms">): void {
  for (const { platform, size, layers } of platforms) {
    const of = layers.map(({ name, size }) => ({ path: `the ${name} layer`, bytes: size }));
    const what = `the image of ${target} for ${platform}`;
    checkLimit(rules.budget.imageBytes, { what, amount: size, of }, rules.waysOut(arch));
  }
}

function describe(base: string, file: string, { digest, platforms }: ImageReport): BuiltImage {
  return {
    file,
    base,
    digest,
    platforms: platforms.map(({ platform, digest, size, layers }) => ({
      platform,
      digest,
      bytes: size,
      layers: layers.map(({ name, diffId, size }) => ({ name, diffId, bytes: size })),
    })),
  };
}

/** The files that were written. Each gets the time that shows later whether it was changed. */
async function entriesOf(folder: string, file: string, epoch: number): Promise<OutputEntry[]> {
  const isFile = (await stat(join(folder, file))).isFile();
  const names = isFile ? [file] : listFiles(join(folder, file)).map((name) => `${file}/${name}`);
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      await chmod(path, 0o644);
      await utimes(path, epoch, epoch);
      return { file: name, ...(await fingerprintFile(path)) };
    }),
  );
}
