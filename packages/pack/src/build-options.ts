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
  /** Default: every target that the folder has a handler file for, and the targets that need none. */
  readonly targets?: readonly Target[] | undefined;
  /** Default `["x64"]`. */
  readonly archs?: readonly Arch[] | undefined;
  /** The folder with the predictors' folders. Default `handlers`. */
  readonly handlers?: string | undefined;
  /** The output is in `<out>/<predictor>/<target>-<arch>`. Default `.tricast`. */
  readonly out?: string | undefined;
  /** Format of the bundle. Default `"cjs"`, which starts faster and finds packages in layers. */
  readonly format?: Format | undefined;
  /**
   * Whether the runtime and the model become Lambda layers. Default: only where one zip exceeds the limit of a direct
   * upload.
   */
  readonly layers?: boolean | undefined;
  /** `"s3"`: the zip is deployed from a bucket, so Lambda's limit for direct uploads does not apply. Default `"direct"`. */
  readonly upload?: "direct" | "s3" | undefined;
  /** More files of the predictor's folder, as globs relative to it. Default none. */
  readonly include?: readonly string[] | undefined;
  /**
   * Kinds of stores to read models from, for addresses that are set at run time. The kinds of the predictor's own models
   * are always included. Default none.
   */
  readonly stores?: readonly StoreKind[] | undefined;
  /**
   * The base of an image: a path to an OCI layout or a tarball, a registry reference, or `"scratch"`. With a base, image
   * targets give a finished image, without Docker. Without a base, they give a Dockerfile and its context. A container for
   * both architectures is one image with an index, in `<target>-x64+arm64`.
   */
  readonly base?: string | undefined;
  /** Form of a finished image: a folder `image` (OCI layout) or a file `image.tar` (docker-archive). Default `"oci"`. */
  readonly imageFormat?: ImageFormat | undefined;
  /**
   * The reference in a registry to push the image to, with the credentials of `docker login`. `{predictor}` and
   * `{target}` in it are replaced by their names. The output folder is written only after the push.
   */
  readonly push?: string | undefined;
  /** Speak plain HTTP to registries that are not on this machine. Default false. */
  readonly insecure?: boolean | undefined;
  /**
   * Whether a Lambda function is for Managed Instances, which serve several requests at a time. The bundle then has worker
   * threads and shared runs of a model. Default false, which saves 20 kB.
   */
  readonly managedInstances?: boolean | undefined;
  /** Environment variables of the deployed function, to check them against the platform's limit. Default none. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Also write `analysis.html`, a treemap, and return the same facts as text. Default false. */
  readonly analyze?: boolean | undefined;
}

export interface BuildResult {
  readonly folder: string;
  readonly manifest: BuildManifest;
  /** Whether the folder was up to date. Then nothing was written. */
  readonly unchanged: boolean;
  /** With `analyze`: the files of the artefact and the modules of the bundle, with sizes and reasons, as text. */
  readonly analysis: string | undefined;
  /** With `push`: the result of the push. */
  readonly pushed: PushReport | undefined;
}

const DEFAULTS = {
  archs: ["x64"],
  handlers: "handlers",
  out: ".tricast",
  format: "cjs",
  upload: "direct",
  include: [],
  stores: [],
  managedInstances: false,
  environment: {},
  analyze: false,
} satisfies Partial<BuildOptions>;

type WithDefault = keyof typeof DEFAULTS;

const WITHOUT_DEFAULT: Readonly<Record<Exclude<keyof BuildOptions, WithDefault>, true>> = {
  predictor: true,
  targets: true,
  layers: true,
  base: true,
  imageFormat: true,
  push: true,
  insecure: true,
};

/** The options with their defaults; paths are absolute. */
export type CompleteOptions = BuildOptions & { readonly [K in WithDefault]: NonNullable<BuildOptions[K]> };

/** @throws {TricastError} `invalid-option` for an option that does not exist. */
export function completeOptions(options: BuildOptions): CompleteOptions {
  refuseUnknown(options, Object.keys({ ...WITHOUT_DEFAULT, ...DEFAULTS }), "build");
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const complete: CompleteOptions = { ...options, ...DEFAULTS, ...Object.fromEntries(given) };
  const { archs, handlers, out } = complete;
  return { ...complete, archs: [...new Set(archs)], handlers: resolve(handlers), out: resolve(out) };
}
