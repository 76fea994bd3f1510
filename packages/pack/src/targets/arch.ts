/** Processors that an artefact can be built for, by their names in `process.arch`. */
export const ARCHS = ["x64", "arm64"] as const;
export type Arch = (typeof ARCHS)[number];

/** Part of the name of the folder with one image for both. */
export const BOTH_ARCHS = "x64+arm64";
/** The architectures of an output: one, or both in the index of one image. */
export type Archs = Arch | typeof BOTH_ARCHS;
