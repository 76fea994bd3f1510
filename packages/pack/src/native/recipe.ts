/** Which files of a package an artefact needs, and why it needs no other. Paths may hold `{arch}` and `{other}`, and globs. */
export interface Recipe {
  readonly package: string;
  /** The versions whose files the rules were written for. */
  readonly versions: string;
  readonly license: string;
  /** Where the files lie in an artefact. */
  readonly folder: string;
  readonly libc: string;
  readonly why: string;
  readonly include: readonly RecipeRule[];
  readonly exclude: readonly RecipeRule[];
}

export interface RecipeRule {
  readonly path: string;
  readonly reason: string;
}
