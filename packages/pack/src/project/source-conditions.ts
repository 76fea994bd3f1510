/**
 * Export conditions that find the sources of tricast's packages. They are set only when this package runs from source:
 * installed packages have no sources, and a bundle must not use sources that a package lists by mistake.
 */
export const SOURCE_CONDITIONS: readonly string[] = import.meta.url.endsWith(".ts") ? ["@tricast/source"] : [];
