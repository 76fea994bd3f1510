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
 * Builds the artefacts of a predictor for each cloud: a zip, layers, or an image. Equal sources give equal bytes on every
 * machine and at every time. Nothing is installed and, without a base in a registry, nothing is fetched.
 *
 * Each output folder is replaced as a whole, after all of its files were checked. It is not written when nothing changed.
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

/** Writes one build after the other, because each has its zip in memory. */
async function writeAll(builds: readonly PreparedBuild[]): Promise<readonly BuildResult[]> {
  const results: BuildResult[] = [];
  for (const one of builds) results.push(await writeBuild(one));
  const inIndexes = builds.filter(({ inIndex }) => inIndex);
  for (const [first, ...others] of Map.groupBy(inIndexes, ({ target }) => target).values())
    if (first !== undefined) results.push(await writeImageIndex([first, ...others]));
  return results;
}

/** Starts the bundle while the predictor is read. Most predictors have code and no model in a store, and need this bundle. */
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
  // The caller that awaits this bundle reports its failure.
  session.bundle(request).catch(() => undefined);
}
