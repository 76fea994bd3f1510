import { TricastError } from "@tricast/core";
import type { FileGroup } from "../files/artefact-file.ts";
import type { Arch } from "../targets/arch.ts";
import { type BaseImage, unsuitable } from "./base/base-image.ts";
import { checkGlibc } from "./base/libc.ts";
import { openBase, SCRATCH } from "./base/open-base.ts";
import { jsonBlob } from "./blob.ts";
import { type BlobCache, blobCache, defaultCacheFolder } from "./blob-cache.ts";
import type { BuiltImage, PlatformImage } from "./built-image.ts";
import { renderAnnotations, renderConfig } from "./image-config.ts";
import { checkSettings, type ImageSettings } from "./image-options.ts";
import { buildLayer, inLayerOrder, type Layer } from "./layer.ts";
import { checkRoot, type LayerOptions } from "./layer-members.ts";
import { writeDockerArchive } from "./output/docker-archive.ts";
import { writeOciLayout } from "./output/oci-layout.ts";
import { platformOf, showPlatform } from "./platform.ts";
import type { RegistryOptions } from "./registry/client.ts";
import { type PushReport, pushImage } from "./registry/push.ts";
import { parseReference } from "./registry/reference.ts";
import { settled } from "./settled.ts";
import { type Descriptor, MEDIA, type Platform } from "./spec.ts";

export interface BuildImageOptions {
  /**
   * `scratch`; a path to an OCI layout folder, to a tarball of an image (OCI or `docker save`) or to a tarball of a root
   * file system; or a reference such as `docker.io/library/node:24-slim`. One for all, or one per architecture.
   */
  readonly base: string | Readonly<Partial<Record<Arch, string>>>;
  /** What goes in, per architecture. The architectures given are those of the image. */
  readonly groups: Readonly<Partial<Record<Arch, readonly FileGroup[]>>>;
  readonly settings: ImageSettings;
  readonly out: readonly ImageOutput[];
  /** Where it will run, for the rules of that place. Default `any`. */
  readonly host?: ImageHost | undefined;
  /** Refuse a base without glibc, which ONNX Runtime's library needs. Default true, except on `scratch`. */
  readonly glibc?: boolean | undefined;
  /** Time of every file and of the image, in seconds since 1970. Default `SOURCE_DATE_EPOCH`, or 0. */
  readonly epoch?: number | undefined;
  /** Folder of blobs that builds share. Default {@link defaultCacheFolder}. */
  readonly cacheFolder?: string | undefined;
  readonly registry?: RegistryOptions | undefined;
  /** Called with what was built before any of it is written; what it throws ends the build. */
  readonly inspect?: ((image: Omit<ImageReport, "pushes">) => void) | undefined;
}

export type ImageHost = "aws-lambda" | "cloud-run" | "any";

export type ImageOutput =
  /** A folder of the OCI image layout. One that is there already is replaced. */
  | { readonly kind: "oci-layout"; readonly path: string; readonly tag?: string | undefined }
  /** One file for `docker load`, of one platform. */
  | {
      readonly kind: "docker-archive";
      readonly path: string;
      readonly tag: string;
      readonly arch?: Arch | undefined;
    }
  | { readonly kind: "registry"; readonly reference: string };

export interface ImageReport {
  /** Of the index, or of the one manifest. */
  readonly digest: string;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    /** Of config and layers, compressed. */
    readonly size: number;
    readonly layers: readonly (Descriptor & { readonly name: string; readonly diffId: string })[];
  }[];
  /** One per registry of `out`. */
  readonly pushes: readonly PushReport[];
}

/**
 * Builds an image without a daemon and writes it to every place of `out`. Equal inputs give equal digests.
 * @throws {TricastError} `invalid-option`, `image-base-unreadable`, `image-base-unsuitable`, `registry-denied`,
 * `registry-unavailable`
 */
export async function buildImage(options: BuildImageOptions): Promise<ImageReport> {
  const { settings, host = "any" } = options;
  const archs = archsOf(options.groups);
  checkRoot(settings.root);
  checkSettings(settings);
  checkHost(host, archs);
  checkOutputs(options.out, archs);
  const cache = blobCache(options.cacheFolder ?? defaultCacheFolder());
  const built: BuiltPlatform[] = await settled(archs.map((arch) => buildPlatform(arch, cache, options)));
  const image = assemble(
    built.map((one) => one.image),
    built[0] as BuiltPlatform,
    settings,
    options,
  );
  const report = describe(image, built);
  options.inspect?.(report);
  return { ...report, pushes: await writeOutputs(image, archs, options) };
}

/** Lambda's and Cloud Run's own rules about platforms. @throws {TricastError} `invalid-option` */
function checkHost(host: ImageHost, archs: readonly Arch[]): void {
  if (host === "aws-lambda" && archs.length > 1) {
    // "Lambda does not support functions that use multi-architecture container images." (AWS, images-create.html)
    throw new TricastError(
      "invalid-option",
      `a Lambda function takes an image of one architecture, not ${archs.join(" and ")}`,
    );
  }
  if (host === "cloud-run" && !archs.includes("x64")) {
    throw new TricastError(
      "invalid-option",
      `Cloud Run runs linux/amd64, which an image for ${archs.join(" and ")} lacks; add x64`,
    );
  }
}

function archsOf(groups: BuildImageOptions["groups"]): Arch[] {
  const archs = (["x64", "arm64"] as const).filter((arch) => groups[arch] !== undefined);
  if (archs.length > 0) return archs;
  throw new TricastError("invalid-option", "groups names no architecture; give x64, arm64 or both");
}

function checkOutputs(out: readonly ImageOutput[], archs: readonly Arch[]): void {
  for (const output of out) {
    if (output.kind === "registry") parseReference(output.reference);
    if (output.kind !== "docker-archive") continue;
    if (parseReference(output.tag).digest !== undefined) {
      throw new TricastError("invalid-option", `${output.tag} names a digest; an archive is loaded under a tag`);
    }
    if (output.arch === undefined ? archs.length > 1 : !archs.includes(output.arch)) {
      throw new TricastError(
        "invalid-option",
        `${output.path} is a docker-archive, which holds one platform; give arch: one of ${archs.join(", ")}`,
      );
    }
  }
}

interface BuiltPlatform {
  readonly image: PlatformImage;
  readonly base: BaseImage;
  readonly own: readonly (Layer & { readonly name: string })[];
}

async function buildPlatform(arch: Arch, cache: BlobCache, options: BuildImageOptions): Promise<BuiltPlatform> {
  const { settings } = options;
  const platform = platformOf(arch);
  const [base, own] = await settled<[BaseImage, BuiltPlatform["own"]]>([
    suitableBase(arch, platform, cache, options),
    buildLayers(options.groups[arch] ?? [], layerOptions(options), cache),
  ]);
  const created = createdAt(options);
  const config = jsonBlob(MEDIA.config, renderConfig(base, platform, own, settings, created));
  const layers = [...base.layers, ...own.map(({ blob }) => blob)];
  const manifest = jsonBlob(MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: renderAnnotations(base, settings, created),
  });
  return { base, own, image: { platform, manifest, config, layers } };
}

async function suitableBase(
  arch: Arch,
  platform: Platform,
  cache: BlobCache,
  { base: bases, settings, host, glibc, registry = {} }: BuildImageOptions,
): Promise<BaseImage> {
  const name = typeof bases === "string" ? bases : bases[arch];
  if (name === undefined) throw new TricastError("invalid-option", `base names no image for ${arch}`);
  const base = await openBase(name, platform, { cache, registry });
  if (glibc ?? name !== SCRATCH) await checkGlibc(name, base, cache);
  if (host === "aws-lambda" && settings.entrypoint === undefined && !base.config.config?.Entrypoint?.length) {
    throw unsuitable(
      name,
      "has no entrypoint that could be Lambda's runtime client: use public.ecr.aws/lambda/nodejs:24, or set entrypoint",
    );
  }
  return base;
}

async function buildLayers(
  groups: readonly FileGroup[],
  options: LayerOptions,
  cache: BlobCache,
): Promise<BuiltPlatform["own"]> {
  return settled<BuiltPlatform["own"]>(
    inLayerOrder(groups).map(async (group) => ({ name: group.name, ...(await buildLayer(group, options, cache)) })),
  );
}

function layerOptions(options: BuildImageOptions): LayerOptions {
  const { uid, gid } = options.settings.owner ?? { uid: 0, gid: 0 };
  return { root: options.settings.root, uid, gid, mtime: epochOf(options) };
}

/** @throws {TricastError} `invalid-option` when SOURCE_DATE_EPOCH is not a number of seconds. */
function epochOf({ epoch }: Pick<BuildImageOptions, "epoch">): number {
  const given = epoch ?? Number(process.env.SOURCE_DATE_EPOCH || 0);
  if (Number.isSafeInteger(given) && given >= 0 && given < 253402300800) return given;
  throw new TricastError(
    "invalid-option",
    `SOURCE_DATE_EPOCH is ${epoch ?? process.env.SOURCE_DATE_EPOCH}; it must be whole seconds since 1970`,
  );
}

function createdAt(options: Pick<BuildImageOptions, "epoch">): string {
  return new Date(epochOf(options) * 1000).toISOString().replace(".000Z", "Z");
}

function assemble(
  images: readonly PlatformImage[],
  { base }: Pick<BuiltPlatform, "base">,
  settings: ImageSettings,
  options: BuildImageOptions,
): BuiltImage {
  const [only] = images;
  if (only !== undefined && images.length === 1) return { root: only.manifest, images };
  const root = jsonBlob(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform })),
    annotations: renderAnnotations(base, settings, createdAt(options)),
  });
  return { root, images };
}

/** Files first, so that what failed to be written is never in a registry under a tag. */
async function writeOutputs(
  image: BuiltImage,
  archs: readonly Arch[],
  { out, registry = {} }: BuildImageOptions,
): Promise<PushReport[]> {
  for (const output of out) {
    if (output.kind === "oci-layout") await writeOciLayout(image, output.path, output.tag);
    if (output.kind === "docker-archive") {
      const one = image.images[output.arch === undefined ? 0 : archs.indexOf(output.arch)] as PlatformImage;
      await writeDockerArchive(one, output.path, output.tag);
    }
  }
  const pushes: PushReport[] = [];
  for (const output of out) {
    if (output.kind === "registry") pushes.push(await pushImage(image, parseReference(output.reference), registry));
  }
  return pushes;
}

function describe(image: BuiltImage, built: readonly BuiltPlatform[]): Omit<ImageReport, "pushes"> {
  return {
    digest: image.root.descriptor.digest,
    platforms: built.map(({ image: { platform, manifest, config, layers }, own }) => ({
      platform: showPlatform(platform),
      digest: manifest.descriptor.digest,
      size: [config, ...layers].reduce((total, { descriptor }) => total + descriptor.size, 0),
      layers: own.map(({ name, diffId, blob }) => ({ name, diffId, ...blob.descriptor })),
    })),
  };
}
