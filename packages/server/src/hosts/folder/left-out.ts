/** A file or folder that is not served as a model. */
export interface LeftOut {
  /** Relative to the folder of models. */
  readonly path: string;
  readonly reason: string;
}

/** Entries that `/ready` lists and that get a log line each: a folder with other data may have millions. */
const MOST_LISTED = 100;

/** The first entries, and one that counts the others. */
export function listed(leftOut: readonly LeftOut[]): readonly LeftOut[] {
  const more = leftOut.length - MOST_LISTED;
  if (more <= 0) return leftOut;
  return [...leftOut.slice(0, MOST_LISTED), { path: ".", reason: `${more} more files or folders are not models` }];
}
