import { invalidOption } from "../errors.ts";
import type { FileGroup } from "../files/artefact-file.ts";
import { ARCHS, type Arch } from "../targets/arch.ts";
import { type BaseImage, unsuitable } from "./base/base-image.ts";
import { checkGlibc } from "./base/libc.ts";
import { openBase, SCRATCH } from "./base/open-base.ts";
import { jsonBlob } from "./blob.ts";
import { type BlobCache, blobCache, defaultCacheFolder } from "./blob-cache.ts";
import type { BuiltImage, PlatformImage } from "./built-image.ts";
import { settled } from "./concurrency.ts";
import { renderAnnotations, renderConfig } from "./image-config.ts";
import { checkSettings, type ImageSettings } from "./image-options.ts";
import { buildLayer, inLayerOrder, type Layer } from "./layer.ts";
import { checkRoot } from "./layer-members.ts";
import { writeDockerArchive } from "./output/docker-archive.ts";
import { writeOciLayout } from "./output/oci-layout.ts";
import { platformOf, showPlatform } from "./platform.ts";
import type { RegistryOptions } from "./registry/client.ts";
import { type PushReport, pushImage } from "./registry/push.ts";
import { parseReference } from "./registry/reference.ts";
import { type Descriptor, MEDIA } from "./spec.ts";

export interface BuildImageOptions {
  /**
   * `scratch`; a path to an OCI layout folder, to a tarball of an image (OCI or `docker save`) or to a tarball of a root
   * file system; or a reference such as `docker.io/library/node:24-slim`. One for all, or one per architecture.
   */
  readonly base: string | Readonly<Partial<Record<Arch, string>>>;
  /** The files of the image, per architecture. The image has the architectures of this record. */
  readonly groups: Readonly<Partial<Record<Arch, readonly FileGroup[]>>>;
  readonly settings: ImageSettings;
  readonly out: readonly ImageOutput[];
  /** The platform that runs the image. Its rules are checked. Default `any`. */
  readonly host?: ImageHost | undefined;
  /** Refuse a base without glibc, which ONNX Runtime's library needs. Default true, except on `scratch`. */
  readonly glibc?: boolean | undefined;
  /** Time of every file and of the image, in seconds since 1970. Default `SOURCE_DATE_EPOCH`, or 0. */
  readonly epoch?: number | undefined;
  /** Folder of blobs that builds share. Default `$XDG_CACHE_HOME/tricast/images`, or `~/.cache/tricast/images`. */
  readonly cacheFolder?: string | undefined;
  readonly registry?: RegistryOptions | undefined;
  /** Called with the report before any output is written. An error that it throws ends the build. */
  readonly inspect?: ((image: Omit<ImageReport, "pushes">) => void) | undefined;
}

export type ImageHost = "aws-lambda" | "cloud-run" | "any";

export type ImageOutput =
  /** A folder of the OCI image layout. An existing layout is replaced. */
  | { readonly kind: "oci-layout"; readonly path: string; readonly tag?: string | undefined }
  /** One file for `docker load`, with one platform. */
  | {
      readonly kind: "docker-archive";
      readonly path: string;
      readonly tag: string;
      readonly arch?: Arch | undefined;
    }
  | { readonly kind: "registry"; readonly reference: string };

export interface ImageReport {
  /** Of the index, or for one platform of its manifest. */
  readonly digest: string;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    /** Bytes of config and layers, compressed. */
    readonly size: number;
    readonly layers: readonly (Descriptor & { readonly name: string; readonly diffId: string })[];
  }[];
  /** One per registry of `out`. */
  readonly pushes: readonly PushReport[];
}

/**
 * Builds an image without a daemon and writes it to every output of `out`. Equal inputs give equal digests.
 * @throws {TricastError} `invalid-option`, `image-base-unreadable`, `image-base-unsuitable`, `registry-denied`,
 * `registry-unavailable`
 */
export async function buildImage(options: BuildImageOptions): Promise<ImageReport> {
  const archs = ARCHS.filter((arch) => options.groups[arch] !== undefined);
  checkRoot(options.settings.root);
  checkSettings(options.settings);
  checkHost(options.host, archs);
  checkOutputs(options.out, archs);
  const cache = blobCache(options.cacheFolder ?? defaultCacheFolder());
  const built: BuiltPlatform[] = await settled(archs.map((arch) => buildPlatform(arch, cache, options)));
  const image = assemble(built, options);
  const report = describe(image, built);
  options.inspect?.(report);
  return { ...report, pushes: await writeOutputs(image, archs, options) };
}

function checkHost(host: ImageHost | undefined, archs: readonly Arch[]): void {
  if (archs.length === 0) throw invalidOption("groups has no architecture; add x64, arm64 or both");
  // "Lambda does not support functions that use multi-architecture container images." (AWS, images-create.html)
  if (host === "aws-lambda" && archs.length > 1)
    throw invalidOption(`a Lambda function takes an image of one architecture, not ${archs.join(" and ")}`);
  if (host === "cloud-run" && !archs.includes("x64"))
    throw invalidOption(`Cloud Run runs linux/amd64, and the image is for ${archs.join(" and ")}; add x64`);
}

function checkOutputs(out: readonly ImageOutput[], archs: readonly Arch[]): void {
  for (const output of out) {
    if (output.kind === "registry") parseReference(output.reference);
    if (output.kind !== "docker-archive") continue;
    if (parseReference(output.tag).digest !== undefined)
      throw invalidOption(`${output.tag} has a digest, and an archive is loaded under a tag; remove the digest`);
    if (output.arch === undefined ? archs.length > 1 : !archs.includes(output.arch))
      throw invalidOption(
        `${output.path} is a docker-archive, which holds one platform; give arch: one of ${archs.join(", ")}`,
      );
  }
}

interface BuiltPlatform extends PlatformImage {
  readonly base: BaseImage;
  readonly own: readonly (Layer & { readonly name: string })[];
}

async function buildPlatform(arch: Arch, cache: BlobCache, options: BuildImageOptions): Promise<BuiltPlatform> {
  const { settings } = options;
  const platform = platformOf(arch);
  const { root, owner = { uid: 0, gid: 0 } } = settings;
  const toLayer = async (group: FileGroup) => {
    return { name: group.name, ...(await buildLayer(group, { root, ...owner, mtime: epochOf(options) }, cache)) };
  };
  const [base, own] = await settled<[BaseImage, BuiltPlatform["own"]]>([
    suitableBase(arch, cache, options),
    settled<BuiltPlatform["own"]>(inLayerOrder(options.groups[arch] ?? []).map(toLayer)),
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
  return { base, own, platform, manifest, config, layers };
}

async function suitableBase(
  arch: Arch,
  cache: BlobCache,
  { base: bases, settings, host, glibc, registry = {} }: BuildImageOptions,
): Promise<BaseImage> {
  const name = typeof bases === "string" ? bases : bases[arch];
  if (name === undefined) throw invalidOption(`base has no image for ${arch}; add one, or remove ${arch} from groups`);
  const base = await openBase(name, platformOf(arch), { cache, registry });
  if (glibc ?? name !== SCRATCH) await checkGlibc(name, base, cache);
  if (host === "aws-lambda" && settings.entrypoint === undefined && !base.config.config?.Entrypoint?.length)
    throw unsuitable(
      name,
      "has no entrypoint, which would be Lambda's runtime client: use public.ecr.aws/lambda/nodejs:24, or set entrypoint",
    );
  return base;
}

/** @throws {TricastError} `invalid-option` when SOURCE_DATE_EPOCH is not a number of seconds. */
function epochOf({ epoch }: BuildImageOptions): number {
  const given = epoch ?? Number(process.env.SOURCE_DATE_EPOCH || 0);
  if (Number.isSafeInteger(given) && given >= 0 && given < 253402300800) return given;
  throw invalidOption(
    `SOURCE_DATE_EPOCH is ${epoch ?? process.env.SOURCE_DATE_EPOCH}; it must be whole seconds since 1970`,
  );
}

function createdAt(options: BuildImageOptions): string {
  return new Date(epochOf(options) * 1000).toISOString().replace(".000Z", "Z");
}

function assemble(images: readonly BuiltPlatform[], options: BuildImageOptions): BuiltImage {
  const { manifest, base } = images[0] as BuiltPlatform;
  if (images.length === 1) return { root: manifest, images };
  const root = jsonBlob(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform })),
    annotations: renderAnnotations(base, options.settings, createdAt(options)),
  });
  return { root, images };
}

/** Pushes last: when a file cannot be written, the registry gets no tag. */
async function writeOutputs(
  image: BuiltImage,
  archs: readonly Arch[],
  { out, registry = {} }: BuildImageOptions,
): Promise<PushReport[]> {
  for (const output of out) {
    if (output.kind === "oci-layout") await writeOciLayout(image, output.path, output.tag);
    if (output.kind !== "docker-archive") continue;
    const one = image.images[output.arch === undefined ? 0 : archs.indexOf(output.arch)] as PlatformImage;
    await writeDockerArchive(one, output.path, output.tag);
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
    platforms: built.map(({ platform, manifest, config, layers, own }) => ({
      platform: showPlatform(platform),
      digest: manifest.descriptor.digest,
      size: [config, ...layers].reduce((total, { descriptor }) => total + descriptor.size, 0),
      layers: own.map(({ name, diffId, blob }) => ({ name, diffId, ...blob.descriptor })),
    })),
  };
}
