/** Processors that an artefact may be built for, as `process.arch` names them. */
export const ARCHS = ["x64", "arm64"] as const;
export type Arch = (typeof ARCHS)[number];

/** In the name of the folder that holds one image for both. */
export const BOTH_ARCHS = "x64+arm64";
/** Of an output: one architecture, or both in the index of one image. */
export type Archs = Arch | typeof BOTH_ARCHS;
