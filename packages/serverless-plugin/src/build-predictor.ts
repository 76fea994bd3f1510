import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { remoteSchemesOf } from "@tricast/core/adapter";
import { type Arch, type BuildResult, type BuiltArtefact, build } from "@tricast/pack";
import type { ResolvedFunction } from "@tricast/plan";

export interface BuildPlace {
  readonly serviceDir: string;
  /** Relative to the service. */
  readonly out: string;
  readonly arch: Arch;
  readonly layers: boolean;
}

/** Builds one predictor for Lambda. @throws {TricastError} what `build` throws. */
export async function buildPredictor(fn: ResolvedFunction, place: BuildPlace): Promise<BuildResult> {
  const [result] = await build({
    predictor: join(place.serviceDir, fn.entry),
    targets: ["aws-lambda"],
    archs: [place.arch],
    out: join(place.serviceDir, place.out),
    layers: place.layers,
    // Serverless puts every package into its deployment bucket.
    upload: "s3",
    stores: remoteSchemesOf(Object.values(fn.models)),
    environment: fn.environment,
  });
  return result as BuildResult;
}

export function artefactOf({ manifest }: BuildResult, kind: BuiltArtefact["kind"]): BuiltArtefact | undefined {
  return manifest.artefacts.find((artefact) => artefact.kind === kind);
}

/** Of a file that the build wrote. */
export function digestOf({ manifest }: BuildResult, { file }: BuiltArtefact): string {
  return manifest.outputs.find((output) => output.file === file)?.sha256 ?? "";
}

/**
 * Serverless uploads packages by the last part of their path, so each needs a name of its own.
 * @returns where the copy is.
 */
export async function copyArtefact({ folder }: BuildResult, { file }: BuiltArtefact, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(join(folder, file), to);
  return to;
}
