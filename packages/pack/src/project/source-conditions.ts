/**
 * Export conditions that find the sources of tricast's packages. Only where this package itself runs from source:
 * installed packages have no sources, and one that names some all the same must not be bundled from them.
 */
export const SOURCE_CONDITIONS: readonly string[] = import.meta.url.endsWith(".ts") ? ["@tricast/source"] : [];
