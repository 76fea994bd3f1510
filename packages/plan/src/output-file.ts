/** A file from a renderer: pure data that the caller writes. */
export interface OutputFile {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** For scripts. Default false. */
  readonly executable?: boolean;
}
