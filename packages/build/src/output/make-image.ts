import { join } from "node:path";
import type { Arch, FileGroup } from "../files.ts";
import { buildImage, renderDockerfile } from "../image/index.ts";
import type { ImageRules } from "../targets/target.ts";
import type { BuiltImage } from "./manifest.ts";
import type { WeighedFile } from "./weigh.ts";
import type { OutputFile } from "./write-folder.ts";

/** The folder of an OCI layout in an output folder. */
export const IMAGE = "image";

export interface ImageRequest {
  readonly groups: readonly FileGroup[];
  readonly arch: Arch;
  readonly image: ImageRules;
  readonly epoch: number;
}

/** A Dockerfile and what it copies: one folder per group. */
export function dockerContext(
  { groups, arch, image }: Omit<ImageRequest, "epoch">,
  files: readonly WeighedFile[],
): OutputFile[] {
  const dockerfile = renderDockerfile({
    base: image.defaultBase,
    groups: { [arch]: groups },
    settings: image.settings,
  });
  return [
    { path: "Dockerfile", content: { bytes: Buffer.from(dockerfile) } },
    ...files.map(({ group, path, content, executable }) => ({ path: `${group}/${path}`, content, executable })),
  ];
}

/** Builds the image into `<folder>/image`. */
export async function makeImage(
  { groups, arch, image, epoch }: ImageRequest,
  base: string,
  folder: string,
): Promise<BuiltImage> {
  const { settings, host } = image;
  const out = [{ kind: "oci-layout", path: join(folder, IMAGE) }] as const;
  const { digest, platforms } = await buildImage({ base, groups: { [arch]: groups }, settings, host, out, epoch });
  const [platform] = platforms;
  const layers = (platform?.layers ?? []).map(({ name, diffId, size }) => ({ name, diffId, bytes: size }));
  return { base, digest, bytes: platform?.size ?? 0, layers };
}
