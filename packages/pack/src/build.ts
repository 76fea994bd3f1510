import { resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { refuseUnknown, show } from "@tricast/core/adapter";
import { finishIndex } from "./build-index.ts";
import { finishOne, type Plan, prepareOne } from "./build-one.ts";
import type { Format } from "./bundle/bundle.ts";
import type { StoreKind } from "./bundle/store-plugin.ts";
import { bundleRequest } from "./collect-groups.ts";
import { readDefinition } from "./definition.ts";
import type { Arch, Target } from "./files.ts";
import type { PushReport } from "./image/index.ts";
import { becomesIndex, checkImageWishes, type ImageFormat, type Wanted } from "./image-wishes.ts";
import type { BuildManifest } from "./output/manifest.ts";
import { findPackage } from "./packages.ts";
import { findProject, type Project, sourceFile } from "./project.ts";
import { newSession, type Session } from "./session.ts";
import { TARGET_NAMES, TARGETS } from "./targets/index.ts";
import type { TargetRules } from "./targets/target.ts";

export interface BuildOptions {
  /** A folder with `predict.ts` and one handler file per target, or the name of one in `handlers`. */
  readonly predictor: string;
  /** Default: every target that the folder has a handler file for, and those that need none. */
  readonly targets?: readonly Target[] | undefined;
  /** Default `["x64"]`. */
  readonly archs?: readonly Arch[] | undefined;
  /** Folder that names are looked up in. Default `handlers`. */
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
   * Kinds of stores to read models from, for addresses that are given at run time. Those of the predictor's own models
   * are known without.
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
   * A registry's reference that the image goes to, with the credentials of `docker login`. `{predictor}` and `{target}`
   * in it stand for their names. The output folder is written only when the registry has everything.
   */
  readonly push?: string | undefined;
  /** Speak plain HTTP to registries that are not on this machine. Default false. */
  readonly insecure?: boolean | undefined;
  /**
   * Whether a Lambda function is for Managed Instances, which are given several requests at a time: it keeps worker
   * threads and shared runs of a model. Default false: it leaves them out, 20 kB of the bundle.
   */
  readonly managedInstances?: boolean | undefined;
  /** What the function will be deployed with, to be held to the platform's limit. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Also writes `analysis.html`, and returns the same as text. */
  readonly analyze?: boolean | undefined;
}

export interface BuildResult {
  readonly folder: string;
  readonly manifest: BuildManifest;
  /** Whether everything was there already. */
  readonly unchanged: boolean;
  /** What is in the artefact and why, with `analyze`. */
  readonly analysis: string | undefined;
  /** What the registry was given, with `push`. */
  readonly pushed: PushReport | undefined;
}

const OPTION_NAMES = [
  "predictor",
  "targets",
  "archs",
  "handlers",
  "out",
  "format",
  "layers",
  "upload",
  "include",
  "stores",
  "managedInstances",
  "base",
  "imageFormat",
  "push",
  "insecure",
  "environment",
  "analyze",
];

/**
 * Makes what each cloud takes of a predictor: a zip, layers, or the folder and files of an image. The same sources give
 * the same bytes wherever and whenever they are built; nothing is installed and nothing fetched.
 *
 * Each output folder is replaced as a whole, after everything in it was checked, and left alone when nothing changed.
 *
 * @throws {TricastError} `over-budget`, `wrong-architecture`, `missing-export`, `bundle-failed`, `model-not-found`,
 * `model-invalid`, `missing-dependency` or `invalid-option`; with a base also `image-base-unreadable`,
 * `image-base-unsuitable`, `registry-denied` or `registry-unavailable`.
 * @example
 * import { build } from "@tricast/pack";
 * const [result] = await build({ predictor: "iris", targets: ["aws-lambda"], archs: ["arm64"] });
 */
export async function build(options: BuildOptions): Promise<readonly BuildResult[]> {
  refuseUnknown(options, OPTION_NAMES, "build");
  const { predictor, archs = ["x64"], handlers = "handlers", out = ".tricast" } = options;
  const project = findProject(predictor, resolve(handlers));
  const wanted = wantedOf(options, project, archs);
  checkImageWishes(wanted, project.name, options);
  const pairs = wanted.flatMap(({ rules, archs }) => archs.map((arch) => ({ rules, arch })));
  const session = newSession();
  for (const { rules } of pairs) beginBundle(project, rules, options, session);
  const definition = await readDefinition(project);
  const plans = await Promise.all(
    pairs.map(({ rules, arch }) =>
      prepareOne({
        project,
        definition,
        rules,
        arch,
        out: resolve(out),
        options,
        session,
        inIndex: wanted.some((one) => one.rules === rules && becomesIndex(one, options)),
      }),
    ),
  );
  return finishAll(plans);
}

/** One after the other: each holds its zip in memory. */
async function finishAll(plans: readonly Plan[]): Promise<readonly BuildResult[]> {
  const results: BuildResult[] = [];
  for (const plan of plans) results.push(await finishOne(plan));
  for (const rules of new Set(plans.filter(({ inIndex }) => inIndex).map((plan) => plan.rules))) {
    const [first, ...others] = plans.filter((plan) => plan.rules === rules);
    if (first !== undefined) results.push(await finishIndex([first, ...others]));
  }
  return results;
}

/** @throws {TricastError} `invalid-option`; `wrong-architecture` for a target that was asked for and cannot have it. */
function wantedOf({ targets }: BuildOptions, { folder }: Project, archs: readonly Arch[]): readonly Wanted[] {
  const distinct = [...new Set(archs)];
  for (const arch of distinct) {
    if (!["x64", "arm64"].includes(arch))
      throw new TricastError("invalid-option", `arch is ${show(arch)}; it must be "x64" or "arm64"`);
  }
  return (targets ?? targetsOf(folder)).map((target) => {
    const rules = rulesOf(target);
    const missing = distinct.find((arch) => !rules.archs.includes(arch));
    if (missing === undefined || targets === undefined)
      return { rules, archs: distinct.filter((arch) => rules.archs.includes(arch)) };
    throw new TricastError(
      "wrong-architecture",
      `${rules.target} cannot be built for ${missing}: ${rules.archRule}. Build it for ${rules.archs.join(" or ")}`,
    );
  });
}

/** While the predictor is read: most have code and no model in a store, and then this is the bundle that is needed. */
function beginBundle(project: Project, rules: TargetRules, options: BuildOptions, session: Session): void {
  const { format = "cjs", layers = false, stores = [], managedInstances } = options;
  if (!rules.formats.includes(format) || !hasEntry(project.folder, rules)) return;
  const layered = layers && rules.hasLayers === true;
  // Who waits for it hears of its failure.
  const target = { project, rules, format, layered, managedInstances };
  session.bundle(bundleRequest(target, { stores, hasCode: true })).catch(() => undefined);
}

function rulesOf(target: Target) {
  const rules = TARGETS[target];
  if (rules !== undefined) return rules;
  throw new TricastError("invalid-option", `target is ${show(target)}; it must be one of ${TARGET_NAMES.join(", ")}`);
}

function hasEntry(folder: string, { entries, generated }: TargetRules): boolean {
  if (entries.some((name) => sourceFile(folder, name) !== undefined)) return true;
  return generated !== undefined && findPackage(generated.package, folder) !== undefined;
}

/** Those that the folder has a handler file for, or that need none. */
function targetsOf(folder: string): readonly Target[] {
  const found = TARGET_NAMES.filter((target) => hasEntry(folder, TARGETS[target]));
  if (found.length > 0) return found;
  const names = [...new Set(TARGET_NAMES.flatMap((target) => TARGETS[target].entries))];
  throw new TricastError(
    "missing-export",
    `${folder} has no handler file; write ${names.map((name) => `${name}.ts`).join(", ")}`,
  );
}
