import { resolve } from "node:path";
import { refuseUnknown } from "@tricast/core/adapter";
import type { Format } from "./bundle/format.ts";
import type { StoreKind } from "./bundle/store-kinds.ts";
import type { PushReport } from "./image/registry/push.ts";
import type { ImageFormat } from "./output/image-format.ts";
import type { BuildManifest } from "./output/manifest.ts";
import type { Arch } from "./targets/arch.ts";
import type { Target } from "./targets/targets.ts";

export interface BuildOptions {
  /** A folder with `predict.ts` and one handler file per target, or the name of one in `handlers`. */
  readonly predictor: string;
  /** Default: every target that the folder has a handler file for, and those that need none. */
  readonly targets?: readonly Target[] | undefined;
  /** Default `["x64"]`. */
  readonly archs?: readonly Arch[] | undefined;
  /** Folder of the predictors' folders. Default `handlers`. */
  readonly handlers?: string | undefined;
  /** Output goes to `<out>/<predictor>/<target>-<arch>`. Default `.tricast`. */
  readonly out?: string | undefined;
  /** Of the bundle. Default `"cjs"`, which starts faster and sees packages in layers. */
  readonly format?: Format | undefined;
  /**
   * Whether the runtime and the model become Lambda layers. Default: only where one zip would be over the limit of a
   * direct upload.
   */
  readonly layers?: boolean | undefined;
  /** `"s3"`: the zip goes through a bucket, so Lambda's limit for direct uploads does not count. Default `"direct"`. */
  readonly upload?: "direct" | "s3" | undefined;
  /** Further files of the predictor's folder, as globs relative to it. */
  readonly include?: readonly string[] | undefined;
  /**
   * Kinds of stores to read models from, for addresses that are set at run time. Those of the predictor's own models are
   * added without asking.
   */
  readonly stores?: readonly StoreKind[] | undefined;
  /**
   * The base of an image: a path to an OCI layout or a tarball, a registry reference, or `"scratch"`. With it, image
   * targets get a finished image, without Docker; without it, they get a Dockerfile and its context. A container for
   * both architectures is one image with an index of two, in `<target>-x64+arm64`.
   */
  readonly base?: string | undefined;
  /** Form of a finished image: a folder `image` (OCI layout) or a file `image.tar` (docker-archive). Default `"oci"`. */
  readonly imageFormat?: ImageFormat | undefined;
  /**
   * The reference in a registry to push the image to, with the credentials of `docker login`. `{predictor}` and
   * `{target}` in it are replaced by their names. The output folder is written only when the registry has everything.
   */
  readonly push?: string | undefined;
  /** Speak plain HTTP to registries that are not on this machine. Default false. */
  readonly insecure?: boolean | undefined;
  /**
   * Whether a Lambda function is for Managed Instances, which serve several requests at a time: it keeps worker threads
   * and shared runs of a model. Default false: they are left out, which saves 20 kB of the bundle.
   */
  readonly managedInstances?: boolean | undefined;
  /** Environment variables that the function will be deployed with, to check them against the platform's limit. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Also writes `analysis.html`, a treemap, and returns the same as text. Default false. */
  readonly analyze?: boolean | undefined;
}

export interface BuildResult {
  readonly folder: string;
  readonly manifest: BuildManifest;
  /** Whether the folder was up to date, so that nothing was written. */
  readonly unchanged: boolean;
  /** With `analyze`: the files of the artefact and the modules of the bundle, with sizes and reasons, as text. */
  readonly analysis: string | undefined;
  /** With `push`: what was uploaded. */
  readonly pushed: PushReport | undefined;
}

const OPTION_NAMES: Readonly<Record<keyof BuildOptions, true>> = {
  predictor: true,
  targets: true,
  archs: true,
  handlers: true,
  out: true,
  format: true,
  layers: true,
  upload: true,
  include: true,
  stores: true,
  managedInstances: true,
  base: true,
  imageFormat: true,
  push: true,
  insecure: true,
  environment: true,
  analyze: true,
};

/** The options with their defaults; paths are absolute. */
export type CompleteOptions = ReturnType<typeof completeOptions>;

/** @throws {TricastError} `invalid-option` for an option that does not exist. */
export function completeOptions(options: BuildOptions) {
  refuseUnknown(options, Object.keys(OPTION_NAMES), "build");
  const { archs = ["x64"], handlers = "handlers", out = ".tricast", format = "cjs", upload = "direct" } = options;
  const { include = [], stores = [], managedInstances = false, environment = {}, analyze = false } = options;
  return {
    ...options,
    archs: [...new Set(archs)],
    handlers: resolve(handlers),
    out: resolve(out),
    format,
    upload,
    include,
    stores,
    managedInstances,
    environment,
    analyze,
  };
}
