import type { PreparedBuild } from "../prepare/prepare-build.ts";
import type { BuildManifest } from "./manifest.ts";

/** The members of build.json that differ between one architecture and an index. */
type Outcome = Pick<BuildManifest, "arch" | "artefacts" | "image" | "tried" | "warnings" | "inputs" | "outputs">;

export function describeBuild(
  { target, rules, definition, collected, options }: PreparedBuild,
  { arch, artefacts, image, tried, warnings, inputs, outputs }: Outcome,
): BuildManifest {
  return {
    schema: 1,
    predictor: definition.name,
    version: definition.version,
    target,
    arch,
    format: options.format,
    settings: rules.settings(collected.facts),
    artefacts,
    models: collected.models,
    image,
    tried,
    warnings,
    zlib: process.versions.zlib,
    inputs,
    outputs,
  };
}
