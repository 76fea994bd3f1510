import { type BuildOptions, type BuildResult, type CompleteOptions, completeOptions } from "./build-options.ts";
import { bundleRequest, hasEntry } from "./bundle/bundle-request.ts";
import { writeBuild } from "./output/write-build.ts";
import { writeImageIndex } from "./output/write-image-index.ts";
import { type PreparedBuild, prepareBuild } from "./prepare/prepare-build.ts";
import { newSession, type Session } from "./prepare/session.ts";
import { findProject, type Project } from "./project/find-project.ts";
import { readDefinition } from "./project/read-definition.ts";
import { becomesIndex, checkImageOptions } from "./targets/check-image-options.ts";
import { type ChosenTarget, chooseTargets } from "./targets/choose-targets.ts";

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
export async function build(given: BuildOptions): Promise<readonly BuildResult[]> {
  const options = completeOptions(given);
  const project = findProject(options.predictor, options.handlers);
  const chosen = chooseTargets(options, project);
  checkImageOptions(chosen, project.name, options);
  const session = newSession();
  for (const one of chosen) beginBundle(project, one, options, session);
  const definition = await readDefinition(project);
  const singles = chosen.flatMap((one) => {
    const { target, rules, archs } = one;
    const shared = { project, definition, target, rules, options, session, inIndex: becomesIndex(one, options) };
    return archs.map((arch) => ({ ...shared, arch }));
  });
  return writeAll(await Promise.all(singles.map((single) => prepareBuild(single, options.layers === true))));
}

/** One after the other: each holds its zip in memory. */
async function writeAll(builds: readonly PreparedBuild[]): Promise<readonly BuildResult[]> {
  const results: BuildResult[] = [];
  for (const one of builds) results.push(await writeBuild(one));
  const indexed = Map.groupBy(
    builds.filter(({ inIndex }) => inIndex),
    ({ target }) => target,
  );
  for (const [first, ...others] of indexed.values()) {
    if (first !== undefined) results.push(await writeImageIndex([first, ...others]));
  }
  return results;
}

/** While the predictor is read: most have code and no model in a store, and then this is the bundle that is needed. */
function beginBundle(
  project: Project,
  { target, rules }: ChosenTarget,
  options: CompleteOptions,
  session: Session,
): void {
  const { format, layers = false, stores, managedInstances } = options;
  if (!rules.formats.includes(format) || !hasEntry(project.folder, rules)) return;
  const layered = layers && rules.hasLayers === true;
  const request = bundleRequest(
    { project, target, rules, format, layered, managedInstances },
    { stores, hasCode: true },
  );
  // Its failure is reported where it is waited for.
  session.bundle(request).catch(() => undefined);
}
