import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildManifest, Target } from "@tricast/pack";
import type { Measurements, ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import type { Measured } from "@tricast/plan/tools";

/** The folder of `tricast build` that contains the artefact of a function. */
export function artefactFolder(out: string, fn: ResolvedFunction): string {
  return join(out, fn.predictor, `${buildTarget(fn)}-${fn.architecture}`);
}

/** The target of `tricast build` for a function. */
export function buildTarget({ target, packaging }: ResolvedFunction): Target {
  if (target === "azure") return "azure-functions";
  if (target === "gcp") return packaging === "image" ? "container" : "cloud-functions";
  return packaging === "image" ? "aws-lambda-image" : "aws-lambda";
}

/** The sizes of existing builds. A predictor without a build has no entry. */
export function readMeasurements(plan: ResolvedPlan, out: string): Measurements {
  const measurements: Record<string, Record<string, Measured>> = {};
  for (const target of [plan.aws, plan.azure, plan.gcp]) {
    for (const fn of target?.functions ?? []) {
      const measured = readMeasured(artefactFolder(out, fn));
      if (measured !== undefined) measurements[fn.predictor] = { ...measurements[fn.predictor], [fn.target]: measured };
    }
  }
  return measurements;
}

function readMeasured(folder: string): Measured | undefined {
  const file = join(folder, "build.json");
  if (!existsSync(file)) return undefined;
  const { artefacts }: BuildManifest = JSON.parse(readFileSync(file, "utf8"));
  const models = artefacts.flatMap(({ files }) => files).filter(({ group }) => group === "model");
  return {
    artefacts: artefacts.map(({ kind, file, bytes, unzippedBytes }) => ({ kind, file, bytes, unzippedBytes })),
    modelBytes: models.reduce((sum, { bytes }) => sum + bytes, 0),
    peakMemoryBytes: undefined,
  };
}
