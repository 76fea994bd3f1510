import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildManifest, Target } from "@tricast/pack";
import type { Measurements, ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import type { Measured } from "@tricast/plan/tools";

/** The folder of `tricast build` that contains the artefact of a function. */
export function artefactFolder(out: string, { predictor, target, packaging, architecture }: ResolvedFunction): string {
  return join(out, predictor, `${buildTarget({ target, packaging })}-${architecture}`);
}

/** The target of `tricast build` for a function. */
export function buildTarget({ target, packaging }: Pick<ResolvedFunction, "target" | "packaging">): Target {
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
  const manifest = readManifest(folder);
  if (manifest === undefined) return undefined;
  const files = manifest.artefacts.flatMap(({ files }) => files).filter(({ group }) => group === "model");
  return {
    artefacts: manifest.artefacts.map(({ kind, file, bytes, unzippedBytes }) => ({ kind, file, bytes, unzippedBytes })),
    modelBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    peakMemoryBytes: undefined,
  };
}

/** `build.json`, if it exists. */
export function readManifest(folder: string): BuildManifest | undefined {
  const file = join(folder, "build.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
