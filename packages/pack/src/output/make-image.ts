import { chmod, readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Arch, FileGroup } from "../files.ts";
import {
  type BuildImageOptions,
  buildImage,
  type ImageOutput,
  type ImageReport,
  type PushReport,
  renderDockerfile,
} from "../image/index.ts";
import type { ImageFormat } from "../image-wishes.ts";
import type { ImageRules } from "../targets/target.ts";
import { fingerprintFile } from "./content.ts";
import type { BuiltImage, OutputEntry } from "./manifest.ts";
import type { WeighedFile } from "./weigh.ts";
import type { OutputFile } from "./write-folder.ts";

export interface ContextRequest {
  readonly groups: readonly FileGroup[];
  readonly arch: Arch;
  readonly image: ImageRules;
  /** Reference of the base that was given, if it has one. */
  readonly base: string | undefined;
}

/** A Dockerfile and what it copies: one folder per group. */
export function dockerContext(
  { groups, arch, image, base }: ContextRequest,
  files: readonly WeighedFile[],
): OutputFile[] {
  const dockerfile = renderDockerfile({
    base: base ?? image.defaultBase,
    groups: { [arch]: groups },
    settings: image.settings,
  });
  return [
    { path: "Dockerfile", content: { bytes: Buffer.from(dockerfile) } },
    ...files.map(({ group, path, content, executable }) => ({ path: `${group}/${path}`, content, executable })),
  ];
}

export interface ImageRequest extends Pick<BuildImageOptions, "base" | "groups"> {
  readonly rules: ImageRules;
  readonly epoch: number;
  readonly format: ImageFormat;
  /** Name of the image in an archive. */
  readonly tag: string;
  /** Where it is pushed to, if anywhere. */
  readonly push: string | undefined;
  readonly insecure: boolean | undefined;
  /** Throws for an image that must not be written. */
  readonly check: (image: Pick<ImageReport, "platforms">) => void;
}

export interface MadeImage {
  readonly image: BuiltImage;
  readonly outputs: readonly OutputEntry[];
  readonly pushed: PushReport | undefined;
}

const FILES: Readonly<Record<ImageFormat, string>> = { oci: "image", "docker-archive": "image.tar" };

/** Builds an image into a folder, and pushes it where that is wanted. */
export async function makeImage(request: ImageRequest, folder: string): Promise<MadeImage> {
  const { base, groups, rules, epoch, format, tag, push, insecure } = request;
  const path = join(folder, FILES[format]);
  const out: ImageOutput[] = [format === "oci" ? { kind: "oci-layout", path } : { kind: "docker-archive", path, tag }];
  if (push !== undefined) out.push({ kind: "registry", reference: push });
  const { settings, host } = rules;
  const registry = { insecure };
  const report = await buildImage({ base, groups, settings, host, out, epoch, registry, inspect: request.check });
  const image = describe(String(base), FILES[format], report);
  return { image, outputs: await entriesOf(folder, FILES[format], epoch), pushed: report.pushes[0] };
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

/** What was written, each with the time that says whether it was changed since. */
async function entriesOf(folder: string, file: string, epoch: number): Promise<OutputEntry[]> {
  const found = await stat(join(folder, file));
  const names = found.isFile() ? [file] : await filesBelow(folder, file);
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      await chmod(path, 0o644);
      await utimes(path, epoch, epoch);
      return { file: name, ...(await fingerprintFile(path)) };
    }),
  );
}

async function filesBelow(folder: string, top: string): Promise<string[]> {
  const entries = await readdir(join(folder, top), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );
}
