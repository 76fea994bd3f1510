/** Module formats of a bundle. */
export const FORMATS = ["cjs", "esm"] as const;
export type Format = (typeof FORMATS)[number];
