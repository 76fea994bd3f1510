import { resolve } from "node:path";
import { refuseUnknown, show, TricastError } from "@tricast/core";
import { finishOne, prepareOne } from "./build-one.ts";
import type { Format } from "./bundle/bundle.ts";
import type { StoreKind } from "./bundle/store-plugin.ts";
import { bundleRequest } from "./collect-groups.ts";
import { readDefinition } from "./definition.ts";
import type { Arch, Target } from "./files.ts";
import type { BuildManifest } from "./output/manifest.ts";
import { findProject, type Project, sourceFile } from "./project.ts";
import { newSession, type Session } from "./session.ts";
import { TARGET_NAMES, TARGETS } from "./targets/index.ts";
import type { TargetRules } from "./targets/target.ts";

export interface BuildOptions {
  /** A folder with `predict.ts` and one handler file per target, or the name of one in `handlers`. */
  readonly predictor: string;
  /** Default: every target that the folder has a handler file for. */
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
   * targets get a finished image as an OCI layout, without Docker; without it, they get a Dockerfile and its context.
   */
  readonly base?: string | undefined;
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
  "base",
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
 * `model-invalid`, `missing-dependency` or `invalid-option`.
 * @example
 * import { build } from "@tricast/build";
 * const [result] = await build({ predictor: "iris", targets: ["aws-lambda"], archs: ["arm64"] });
 */
export async function build(options: BuildOptions): Promise<readonly BuildResult[]> {
  refuseUnknown(options, OPTION_NAMES, "build");
  const { predictor, archs = ["x64"], handlers = "handlers", out = ".tricast" } = options;
  const project = findProject(predictor, resolve(handlers));
  const targets = options.targets ?? targetsOf(project.folder);
  const pairs = targets.flatMap((target) => archs.map((arch) => ({ rules: rulesOf(target), arch })));
  for (const { rules, arch } of pairs) {
    if (!["x64", "arm64"].includes(arch))
      throw new TricastError("invalid-option", `arch is ${show(arch)}; it must be "x64" or "arm64"`);
    if (rules.archs.includes(arch) || options.targets === undefined) continue;
    throw new TricastError(
      "wrong-architecture",
      `${rules.target} cannot be built for ${arch}: ${rules.archRule}. Build it for ${rules.archs.join(" or ")}`,
    );
  }
  const session = newSession();
  for (const { rules } of pairs) beginBundle(project, rules, options, session);
  const definition = await readDefinition(project);
  const plans = await Promise.all(
    pairs
      .filter(({ rules, arch }) => rules.archs.includes(arch))
      .map(({ rules, arch }) => prepareOne({ project, definition, rules, arch, out: resolve(out), options, session })),
  );
  const results: BuildResult[] = [];
  // One after the other: each holds its zip in memory.
  for (const plan of plans) results.push(await finishOne(plan));
  return results;
}

/** While the predictor is read: most have no model in a store, and then this is the bundle that is needed. */
function beginBundle(project: Project, rules: TargetRules, options: BuildOptions, session: Session): void {
  const { format = "cjs", layers = false, stores = [] } = options;
  if (!rules.formats.includes(format) || !rules.entries.some((name) => sourceFile(project.folder, name))) return;
  const layered = layers && rules.hasLayers === true;
  // Who waits for it hears of its failure.
  session.bundle(bundleRequest({ project, rules, format, layered }, stores)).catch(() => undefined);
}

function rulesOf(target: Target) {
  const rules = TARGETS[target];
  if (rules !== undefined) return rules;
  throw new TricastError("invalid-option", `target is ${show(target)}; it must be one of ${TARGET_NAMES.join(", ")}`);
}

/** Those that the folder has a handler file for. */
function targetsOf(folder: string): readonly Target[] {
  const has = (name: string) => sourceFile(folder, name) !== undefined;
  const found = TARGET_NAMES.filter((target) => TARGETS[target].entries.some(has));
  if (found.length > 0) return found;
  const names = [...new Set(TARGET_NAMES.flatMap((target) => TARGETS[target].entries))];
  throw new TricastError(
    "missing-export",
    `${folder} has no handler file; write ${names.map((name) => `${name}.ts`).join(", ")}`,
  );
}
