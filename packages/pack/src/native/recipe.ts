/** The files of a package that an artefact needs. layers/*.json also has the files that are left out, with reasons. */
export interface Recipe {
  readonly package: string;
  /** The versions that have these files. */
  readonly versions: string;
  /** The folder of the files in an artefact. */
  readonly folder: string;
  readonly include: readonly RecipeRule[];
}

export interface RecipeRule {
  /** In the package; `{arch}` is the processor of the target. */
  readonly path: string;
  readonly reason: string;
}
